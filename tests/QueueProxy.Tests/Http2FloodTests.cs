using System.Net;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>Whatever a client does over HTTP/2, it costs its own connection at most; others are served meanwhile.</summary>
public sealed class Http2FloodTests
{
    private const long Most = 256 << 20;
    private static readonly Uri Root = new("/", UriKind.Relative);
    private static readonly byte[] Request = RawHttp2.Request("/");

    [Fact]
    public async Task Headers_AByteAtATime_EndTheConnectionAfterTheirTimeAndAreCounted()
    {
        await using var proxy = await StartAsync();

        var slow = Http2Floods.SlowHeadersAsync(proxy.App.MainEndPoint, Request, Proxy.Token);

        await AssertServesAsync(proxy);
        await slow.Within(Proxy.Limit);
        await AssertRefusedAsync(proxy, "headers_timeout");
    }

    [Fact]
    public async Task Headers_InEmptyFramesWithoutEnd_EndTheConnectionAfterTheirTimeAndAreCounted()
    {
        await using var proxy = await StartAsync();

        var flood = Http2Floods.ContinuationsAsync(proxy.App.MainEndPoint, Request, Array.Empty<byte>(), Proxy.Token);

        await AssertServesAsync(proxy);
        await flood.Within(Proxy.Limit);
        await AssertRefusedAsync(proxy, "headers_timeout");
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(0)]
    public async Task Headers_WithoutEnd_EndTheConnectionOnceTheyAreTooLargeAndAreCounted(int size)
    {
        await using var proxy = await StartAsync(TimeSpan.FromMinutes(10));

        // The small ones are too many before they are too large.
        var flood = Http2Floods.ContinuationsAsync(proxy.App.MainEndPoint, Request, RawHttp2.Header("x", new string('x', size)), Proxy.Token);

        await AssertServesAsync(proxy);
        await flood.Within(Proxy.Limit);
        await AssertRefusedAsync(proxy, "headers_too_large");
    }

    [Fact]
    public async Task Headers_OfAFieldThatIsTooLarge_EndTheConnectionAndAreCounted()
    {
        await using var proxy = await StartAsync(TimeSpan.FromMinutes(10));

        // The field alone says that it is longer than any may be.
        var flood = Http2Floods.ContinuationsAsync(proxy.App.MainEndPoint, (byte[])[.. Request, .. RawHttp2.Header("x", new string('x', 100_000))[..^100_000]], "xxxx"u8.ToArray(), Proxy.Token);

        await flood.Within(Proxy.Limit);
        await AssertRefusedAsync(proxy, "headers_too_large");
    }

    [Fact]
    public async Task Frame_AgainstTheRules_EndsTheConnectionAndIsCounted()
    {
        await using var proxy = await StartAsync();
        using var client = await RawHttp2.ConnectAsync(proxy.App.MainEndPoint, [], Proxy.Token);

        await client.SendAsync(RawHttp2.Frame(RawHttp2.Continuation, RawHttp2.EndHeaders, 1, Request), Proxy.Token);

        await client.ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);
        await AssertRefusedAsync(proxy, "protocol");
        await AssertServesAsync(proxy);
    }

    [Theory]
    [InlineData(RawHttp2.Ping, 8)]
    [InlineData(RawHttp2.Settings, 0)]
    public async Task Frames_OfAClientThatReadsNoAnswer_AreNotReadForEver(byte type, int length)
    {
        await using var proxy = await StartAsync();
        using var client = await RawHttp2.ConnectAsync(proxy.App.MainEndPoint, [], Proxy.Token);

        Assert.True(await Http2Floods.StopsAsync(client, RawHttp2.Frame(type, 0, 0, new byte[length]), Most, Proxy.Token));

        await AssertServesAsync(proxy);
        Assert.InRange(client.Sent, 1, Most - 1);
    }

    [Fact]
    public async Task Requests_TakenBackAtOnce_LeaveNothingBehind()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(
            context => context.Request.Path == "/other" ? context.Response.WriteAsync("ok") : gate.HandleAsync(context),
            options => options with { ContainerConcurrency = 1_000 },
            HttpProtocols.Http2);

        var flood = Http2Floods.ResetsAsync(proxy.App.MainEndPoint, Request, 20_000, Proxy.Token);

        Assert.Equal("ok", await OverHttp2Async(proxy, "/other"));
        var ended = await flood.Within(Proxy.Limit);
        await Eventually.TrueAsync(() => gate.Inside == 0, Proxy.Limit);
        await Eventually.TrueAsync(
            async () => await proxy.MetricsAsync() is var metrics
                && metrics.Contains("kn_serving_queue_depth{otel_scope_name=\"knative.dev/serving/pkg/queue\"} 0\n", StringComparison.Ordinal)
                && metrics.Contains("kxds_queue_header_bytes 0\n", StringComparison.Ordinal),
            Proxy.Limit);
        // The server ends the connection where it cannot keep up, and says so.
        await AssertRefusedAsync(proxy, "protocol", ended ? 1 : 0);
        Assert.Equal("ok", await OverHttp2Async(proxy, "/other"));
    }

    [Fact]
    public async Task Responses_TakenBackWhileTheyWaitForTheConnectionsWindow_EndTheConnectionAndAreCounted()
    {
        await using var proxy = await Proxy.StartAsync(
            context => context.Request.Path == "/large" ? context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted).AsTask() : context.Response.WriteAsync("ok"),
            options => options with { Limits = new QueueLimits { MaxStreamsPerConnection = 10 } },
            HttpProtocols.Http2);

        await Http2Floods.StuckResponsesAsync(proxy.App.MainEndPoint, RawHttp2.Request("/large"), batch: 10, Proxy.Token).Within(Proxy.Limit);

        await AssertRefusedAsync(proxy, "protocol");
        Assert.Equal("ok", await OverHttp2Async(proxy, "/"));
    }

    private static Task<Proxy> StartAsync(TimeSpan? headersTimeout = null) => Proxy.StartAsync(
        context => context.Response.WriteAsync("ok"),
        options => options with { Limits = new QueueLimits { HeadersTimeout = headersTimeout ?? TimeSpan.FromSeconds(1) } });

    private static async Task AssertServesAsync(Proxy proxy) => Assert.Equal("ok", await proxy.Client.GetStringAsync(Root, Proxy.Token).Within(Proxy.Limit));

    private static async Task<string> OverHttp2Async(Proxy proxy, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await proxy.Client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);
        return await response.Content.ReadAsStringAsync(Proxy.Token);
    }

    private static async Task AssertRefusedAsync(Proxy proxy, string reason, int times = 1) =>
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains($"kxds_queue_refused_total{{reason=\"{reason}\"}} {times}\n", StringComparison.Ordinal), Proxy.Limit);
}
