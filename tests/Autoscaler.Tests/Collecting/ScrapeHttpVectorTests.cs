using System.Globalization;
using System.Text;
using System.Text.Json;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Collecting.Direct;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

/// <summary>Recorded answers of queue-proxies over a real connection, each way that production asks: pods directly, through a mesh, and through their Service.</summary>
[Trait(Vectors.Trait, Vectors.Category)]
public sealed class ScrapeHttpVectorTests : IAsyncDisposable
{
    private const string PodIp = "127.9.57.1", ServiceIp = "127.9.57.2";
    private readonly ScriptedPod _pod = new(PodIp, Ports.AutoscalingMetrics), _service = new(ServiceIp, Ports.AutoscalingMetrics);

    [Theory]
    [InlineData(Way.Pod, Framing.Length)]
    [InlineData(Way.Pod, Framing.Chunks)]
    [InlineData(Way.Pod, Framing.UntilClosed)]
    [InlineData(Way.PodThroughMesh, Framing.Length)]
    [InlineData(Way.Service, Framing.Length)]
    public async Task Ask_RecordedAnswersOverASocket_AreTakenTheSame(Way way, Framing framing)
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "scrapeHttp").Where(CanTravel))
        {
            var id = item.Text("id");
            // Each case meets a client that knows nothing of the ones before.
            using var client = new StatClient(TimeProvider.System);
            using var pods = new PodClient(client, TimeProvider.System, Ports.AutoscalingMetrics, 1000);
            var source = new HttpStatSource(client, pods, ServiceIp, passthrough: way == Way.PodThroughMesh);
            var server = way == Way.Service ? _service : _pod;
            var answer = Answer(item, framing);
            // What is not plain is asked for again, by a whole client.
            server.Always = answer;

            var (stat, failure) = way == Way.Service ? await source.AskServiceAsync(TestContext.Current.CancellationToken) : await source.AskPodAsync(PodIp, TestContext.Current.CancellationToken);

            Assert.Equal((id, item.Text("errorKind")), (id, StatClientVectorTests.Kind(failure)));
            Assert.Equal((id, StatVectors.Read(item.GetProperty("stat"))), (id, stat));
            Assert.Equal((id, Request(item)), (id, Request(server.LastRequest)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _pod.Dispose();
        _service.Dispose();
        await Task.CompletedTask;
    }

    // A message says nothing of blanks around a header's value, nothing follows a status below 200 but the answer itself, and 204 and 304 have no body:
    // what upstream's client made of those was recorded without a connection.
    private static bool CanTravel(JsonElement item) =>
        item.Long("status") >= 200
        && (item.Long("status") is not (204 or 304) || item.Text("bodyBase64")!.Length == 0)
        && item.GetProperty("contentTypes").EnumerateArray().All(type => type.GetString() is var text && text == text!.Trim());

    private static byte[] Answer(JsonElement item, Framing framing)
    {
        var body = item.GetProperty("bodyBase64").GetBytesFromBase64();
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {item.Long("status")} Recorded\r\n");
        foreach (var type in item.GetProperty("contentTypes").EnumerateArray())
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {type.GetString()}\r\n");
        }

        head.Append(framing switch
        {
            Framing.Length => string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n"),
            Framing.Chunks => "Transfer-Encoding: chunked\r\n\r\n",
            _ => "Connection: close\r\n\r\n",
        });
        byte[] framed = framing == Framing.Chunks
            ? [.. body.Length > 0 ? [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n"u8] : Array.Empty<byte>(), .. "0\r\n\r\n"u8]
            : body;
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. framed];
    }

    private static string Request(JsonElement item) =>
        $"{item.Text("method")} /metrics Accept: {string.Join('|', item.GetProperty("requestAccept").EnumerateArray().Select(accept => accept.GetString()))} User-Agent: {item.GetProperty("requestUserAgentSetByClient").GetBoolean()}";

    private static string Request(string text)
    {
        var lines = text.Split("\r\n");
        var accepts = lines.Where(line => line.StartsWith("Accept:", StringComparison.OrdinalIgnoreCase)).Select(line => line["Accept:".Length..].Trim());
        var hasUserAgent = lines.Any(line => line.StartsWith("User-Agent:", StringComparison.OrdinalIgnoreCase));
        return $"{string.Join(' ', lines[0].Split(' ')[..2])} Accept: {string.Join('|', accepts)} User-Agent: {hasUserAgent}";
    }

    /// <summary>How the stat is asked for.</summary>
    public enum Way
    {
        /// <summary>The pod, directly.</summary>
        Pod,
        /// <summary>The pod, through a mesh that lets single ones be addressed.</summary>
        PodThroughMesh,
        /// <summary>Its Service.</summary>
        Service,
    }

    /// <summary>How an answer says where it ends.</summary>
    public enum Framing
    {
        /// <summary>By its length, as queue-proxies do.</summary>
        Length,
        /// <summary>In chunks, as some proxies do.</summary>
        Chunks,
        /// <summary>With the connection.</summary>
        UntilClosed,
    }
}
