using System.Collections.Concurrent;
using System.Text;
using Knative.Xds.Core.Configuration;
using Knative.Xds.QueueProxy.Tracing;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class TracingTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = $"00-{TraceId}-b7ad6b7169203331-01";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Request_Traced_TellsTheUserItsParentAndPrintsItsSpans(int version)
    {
        await using var proxy = await StartAsync(new TracingConfig { Protocol = "stdout", SamplingRate = 1 }, concurrency: 1, version);

        var seen = await SendAsync(proxy, Parent, version);

        Assert.StartsWith($"00-{TraceId}-", seen, StringComparison.Ordinal);
        Assert.NotEqual(Parent, seen);
        var lines = await SpansAsync(proxy, 3);
        Assert.Equal(["kn.queueproxy.proxy", "kn.queueproxy.wait", "queue"], lines.Select(line => line.GetProperty("Name").GetString()).Order(StringComparer.Ordinal));
        var root = lines.Single(line => line.GetProperty("Name").GetString() == "queue");
        Assert.Equal(("b7ad6b7169203331", 200), (root.GetProperty("ParentID").GetString(), root.GetProperty("Status").GetInt32()));
        Assert.All(lines, line => Assert.Equal(TraceId, line.GetProperty("TraceID").GetString()));
        Assert.Equal(root.GetProperty("SpanID").GetString(), lines.First(line => line.GetProperty("Name").GetString() == "kn.queueproxy.proxy").GetProperty("ParentID").GetString());
    }

    [Theory]
    [InlineData(1, 0, Parent, Parent)]
    [InlineData(2, 0, Parent, Parent)]
    [InlineData(1, 0.5, $"00-{TraceId}-b7ad6b7169203331-00", $"00-{TraceId}-b7ad6b7169203331-00")]
    public async Task Request_NotTraced_KeepsItsHeader(int version, double rate, string sent, string expected)
    {
        await using var proxy = await StartAsync(new TracingConfig { Protocol = "stdout", SamplingRate = rate }, version: version);

        Assert.Equal(expected, await SendAsync(proxy, sent, version));
    }

    [Fact]
    public async Task Request_SampledByItsSender_IsTracedAtAnyRate()
    {
        await using var proxy = await StartAsync(new TracingConfig { Protocol = "stdout", SamplingRate = 0.000001 });

        Assert.NotEqual(Parent, await SendAsync(proxy, Parent));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task SpansAndMetrics_SentToAReceiver_ArriveInItsProtocol(string protocol)
    {
        var received = new ConcurrentQueue<(string Path, string Type, byte[] Body)>();
        await using var receiver = await UserContainer.StartAsync(
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                received.Enqueue((context.Request.Path, context.Request.ContentType!, body.ToArray()));
                context.Response.ContentType = "application/grpc";
                if (context.Response.SupportsTrailers())
                    context.Response.AppendTrailer("grpc-status", "0");
            },
            protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var endPoint = $"http://127.0.0.1:{receiver.Port}";
        var proxy = await Proxy.StartAsync(context => Task.CompletedTask, options => options with
        {
            Observability = new ObservabilityConfig
            {
                Tracing = new TracingConfig { Protocol = protocol, Endpoint = protocol == "grpc" ? endPoint : endPoint + "/v1/traces", SamplingRate = 1 },
                RequestMetrics = new ExportConfig { Protocol = protocol, Endpoint = protocol == "grpc" ? endPoint : endPoint + "/v1/metrics", ExportInterval = TimeSpan.FromSeconds(15) },
            },
        });
        await using (proxy)
        {
            using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token);
        }

        // What is left is sent when the proxy stops.
        var (traces, metrics) = protocol == "grpc"
            ? ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
            : ("/v1/traces", "/v1/metrics");
        var trace = Assert.Single(received, message => message.Path == traces);
        var metric = Assert.Single(received, message => message.Path == metrics);
        Assert.Equal(protocol == "grpc" ? "application/grpc" : "application/x-protobuf", trace.Type);
        foreach (var (message, words) in new[] { (trace, new[] { "queue", "kn.queueproxy.proxy", "hello-00001", "k8s.pod.name" }), (metric, ["http.server.request.duration", "kn.serving.invocation.duration", "kn.route.tag", "kn:disabled"]) })
        {
            var frame = protocol == "grpc" ? message.Body[5..] : message.Body;
            Assert.All(words, word => Assert.True(frame.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) > 0, word));
            ProtoCheck.AssertWellFormed(frame);
        }
    }

    [Theory]
    [InlineData(Parent, TraceId, true)]
    [InlineData($"00-{TraceId}-b7ad6b7169203331-00", TraceId, false)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", null, false)]
    [InlineData($"00-{TraceId}-0000000000000000-01", null, false)]
    [InlineData($"ff-{TraceId}-b7ad6b7169203331-01", null, false)]
    [InlineData($"00-{TraceId}-B7AD6B7169203331-01", null, false)]
    [InlineData("", null, false)]
    public void Parse_TraceParent_TakesWellFormedOnes(string header, string? traceId, bool sampled) =>
        Assert.Equal((traceId, sampled), (TraceParent.Parse(header)?.TraceId, TraceParent.Parse(header)?.IsSampled ?? false));

    private static Task<Proxy> StartAsync(TracingConfig tracing, int concurrency = 0, int version = 1) => Proxy.StartAsync(
        context => context.Response.WriteAsync(context.Request.Headers.TraceParent.ToString()),
        options => options with { ContainerConcurrency = concurrency, Observability = new ObservabilityConfig { Tracing = tracing } },
        version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);

    private static async Task<string> SendAsync(Proxy proxy, string parent, int version = 1)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("traceparent", parent);
        using var response = await proxy.Client.SendAsync(request, Proxy.Token);
        return await response.Content.ReadAsStringAsync(Proxy.Token);
    }

    private static async Task<List<System.Text.Json.JsonElement>> SpansAsync(Proxy proxy, int count)
    {
        List<System.Text.Json.JsonElement> spans = [];
        await Eventually.TrueAsync(
            () =>
            {
                proxy.Time.Advance(TimeSpan.FromSeconds(5));
                spans = [.. proxy.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)];
                return spans.Count == count;
            },
            Proxy.Limit);
        return spans;
    }
}
