using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Whatever a client does over HTTP/2, it costs its own connection at most; others are served meanwhile.</summary>
public sealed class Http2FloodTests
{
    private const long Most = 256 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly byte[] Request = RawHttp2.Request(
        "/", (HeaderNames.RevisionNamespace.ToLowerInvariant(), TestActivator.Revision.Namespace), (HeaderNames.RevisionName.ToLowerInvariant(), TestActivator.Revision.Name));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Headers_AByteAtATime_EndTheConnectionAfterTheirTimeAndAreCounted()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod);

        var slow = Http2Floods.SlowHeadersAsync(activator.Http2, Request, Token);

        await AssertServesAsync(activator);
        await slow.Within(Limit);
        await AssertRefusedAsync(activator, "headers_timeout");
    }

    [Fact]
    public async Task Headers_InEmptyFramesWithoutEnd_EndTheConnectionAfterTheirTimeAndAreCounted()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod);

        var flood = Http2Floods.ContinuationsAsync(activator.Http2, Request, Array.Empty<byte>(), Token);

        await AssertServesAsync(activator);
        await flood.Within(Limit);
        await AssertRefusedAsync(activator, "headers_timeout");
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(0)]
    public async Task Headers_WithoutEnd_EndTheConnectionOnceTheyAreTooLargeAndAreCounted(int size)
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod, TimeSpan.FromMinutes(10));

        // The small ones are too many before they are too large.
        var flood = Http2Floods.ContinuationsAsync(activator.Http2, Request, RawHttp2.Header("x", new string('x', size)), Token);

        await AssertServesAsync(activator);
        await flood.Within(Limit);
        await AssertRefusedAsync(activator, "headers_too_large");
    }

    [Fact]
    public async Task Headers_OfAFieldThatIsTooLarge_EndTheConnectionAndAreCounted()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod, TimeSpan.FromMinutes(10));

        // The field alone says that it is longer than any may be.
        var flood = Http2Floods.ContinuationsAsync(activator.Http2, (byte[])[.. Request, .. RawHttp2.Header("x", new string('x', 200_000))[..^200_000]], "xxxx"u8.ToArray(), Token);

        await flood.Within(Limit);
        await AssertRefusedAsync(activator, "headers_too_large");
    }

    [Fact]
    public async Task Frame_AgainstTheRules_EndsTheConnectionAndIsCounted()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod);
        using var client = await RawHttp2.ConnectAsync(activator.Http1, [], Token);

        await client.SendAsync(RawHttp2.Frame(RawHttp2.Continuation, RawHttp2.EndHeaders, 1, Request), Token);

        await client.ReadToEndAsync(Token).Within(Limit);
        await AssertRefusedAsync(activator, "protocol");
        await AssertServesAsync(activator);
    }

    [Theory]
    [InlineData(RawHttp2.Ping, 8)]
    [InlineData(RawHttp2.Settings, 0)]
    public async Task Frames_OfAClientThatReadsNoAnswer_AreNotReadForEver(byte type, int length)
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod);
        using var client = await RawHttp2.ConnectAsync(activator.Http2, [], Token);

        Assert.True(await Http2Floods.StopsAsync(client, RawHttp2.Frame(type, 0, 0, new byte[length]), Most, Token));

        await AssertServesAsync(activator);
        Assert.InRange(client.Sent, 1, Most - 1);
    }

    [Fact]
    public async Task Requests_TakenBackAtOnce_LeaveNothingBehind()
    {
        await using var pod = await FakePod.StartAsync(
            context => context.Request.Path == "/other" ? context.Response.WriteAsync("hello") : new TaskCompletionSource().Task.WaitAsync(context.RequestAborted),
            HttpProtocols.Http2);
        await using var activator = await StartAsync(pod, protocol: AppProtocol.H2C);
        using var other = TestActivator.NewClient(activator.Http2, HttpVersion.Version20);

        var flood = Http2Floods.ResetsAsync(activator.Http2, Request, 20_000, Token);

        Assert.Equal("hello", await other.GetStringAsync("/other", Token).Within(Limit));
        var ended = await flood.Within(Limit);
        await Eventually.TrueAsync(() => activator.State is { Waiting: 0, InFlight: 0 }, Limit);
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_held_bytes{kind=\"headers\"} 0\n", StringComparison.Ordinal), Limit);
        // The server ends the connection where it cannot keep up, and says so.
        await AssertRefusedAsync(activator, "protocol", ended ? 1 : 0);
        Assert.Equal("hello", await other.GetStringAsync("/other", Token).Within(Limit));
    }

    [Fact]
    public async Task Responses_TakenBackWhileTheyWaitForTheConnectionsWindow_EndTheConnectionAndAreCounted()
    {
        await using var pod = await FakePod.StartAsync(
            context => context.Request.Path == "/large" ? context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted).AsTask() : context.Response.WriteAsync("hello"),
            HttpProtocols.Http2);
        // Of which the one connection may have half.
        await using var activator = await TestActivator.StartAsync(options => options.MaxRequests = 40);
        activator.AddRevision(protocol: AppProtocol.H2C);
        activator.SetPods(pod.Endpoint());
        var request = RawHttp2.Request(
            "/large", (HeaderNames.RevisionNamespace.ToLowerInvariant(), TestActivator.Revision.Namespace), (HeaderNames.RevisionName.ToLowerInvariant(), TestActivator.Revision.Name));

        await Http2Floods.StuckResponsesAsync(activator.Http2, request, batch: 10, Token).Within(Limit);

        await AssertRefusedAsync(activator, "protocol");
        using var other = TestActivator.NewClient(activator.Http2, HttpVersion.Version20);
        Assert.Equal("hello", await other.GetStringAsync("/", Token).Within(Limit));
    }

    private static async Task<TestActivator> StartAsync(FakePod pod, TimeSpan? headersTimeout = null, AppProtocol protocol = AppProtocol.Http1)
    {
        var activator = await TestActivator.StartAsync(options => options.HeadersTimeout = headersTimeout ?? TimeSpan.FromSeconds(1));
        activator.AddRevision(protocol: protocol);
        activator.SetPods(pod.Endpoint());
        return activator;
    }

    private static async Task AssertServesAsync(TestActivator activator) => Assert.Equal("hello", await activator.Client.GetStringAsync("/", Token).Within(Limit));

    private static async Task AssertRefusedAsync(TestActivator activator, string reason, int times = 1) =>
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains($"kxds_activator_refused_total{{reason=\"{reason}\"}} {times}\n", StringComparison.Ordinal), Limit);
}
