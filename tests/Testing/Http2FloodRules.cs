using Microsoft.AspNetCore.Http;
using Xunit;

namespace Knative.Xds.Testing;

/// <summary>Whatever a client does over HTTP/2, it costs its own connection at most; others are served meanwhile. A service's tests say how it is started.</summary>
public abstract class Http2FloodRules
{
    private const long Most = 256 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    // Held here: a connection that nobody reads and whose request waits for what nobody holds is collected as garbage, and so reset.
    private static readonly TaskCompletionSource Never = new();
    private readonly (string Name, string Value)[] _headers;

    /// <param name="headers">What every request says, with names in lower case.</param>
    protected Http2FloodRules(params (string Name, string Value)[] headers) => _headers = headers;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Headers_AByteAtATime_EndTheConnectionAfterTheirTimeAndAreCounted()
    {
        await using var server = await StartAsync(TimeSpan.FromSeconds(1), fewStreams: false);

        var slow = Http2Floods.SlowHeadersAsync(server.EndPoint, Request("/"), Token);

        await AssertServesAsync(server);
        await slow.Within(Limit);
        await AssertRefusedAsync(server, "headers_timeout");
    }

    // It costs its place, as an idle connection does.
    [Fact]
    public async Task Frame_ThatLetsWaitForItsRest_IsWaitedForLongerThanHeaders()
    {
        await using var server = await StartAsync(TimeSpan.FromSeconds(1), fewStreams: false);
        using var client = await RawHttp2.ConnectAsync(server.EndPoint, [], Token);
        var frame = RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, 1, Request("/"));
        await client.SendAsync(frame.AsMemory(0, 12), Token);
        // Of a client that came later the time is over when this returns.
        await Http2Floods.SlowHeadersAsync(server.EndPoint, Request("/"), Token).Within(Limit);

        await client.SendAsync(frame.AsMemory(12), Token);

        Assert.True(await client.ReadUntilAsync(RawHttp2.Headers, Token).Within(Limit));
        await AssertRefusedAsync(server, "headers_timeout");
    }

    [Fact]
    public async Task Headers_InEmptyFramesWithoutEnd_EndTheConnectionAfterTheirTimeAndAreCounted()
    {
        await using var server = await StartAsync(TimeSpan.FromSeconds(1), fewStreams: false);

        var flood = Http2Floods.ContinuationsAsync(server.EndPoint, Request("/"), Array.Empty<byte>(), Token);

        await AssertServesAsync(server);
        await flood.Within(Limit);
        await AssertRefusedAsync(server, "headers_timeout");
    }

    // The small ones are too many before they are too large.
    [Theory]
    [InlineData(4_000)]
    [InlineData(0)]
    public async Task Headers_WithoutEnd_EndTheConnectionOnceTheyAreTooLargeAndAreCounted(int size)
    {
        await using var server = await StartAsync(Long, fewStreams: false);

        var flood = Http2Floods.ContinuationsAsync(server.EndPoint, Request("/"), RawHttp2.Header("x", new string('x', size)), Token);

        await AssertServesAsync(server);
        await flood.Within(Limit);
        await AssertRefusedAsync(server, "headers_too_large");
    }

    [Fact]
    public async Task Headers_OfAFieldThatIsTooLarge_EndTheConnectionAndAreCounted()
    {
        const int Size = 200_000;
        await using var server = await StartAsync(Long, fewStreams: false);

        // The field alone says that it is longer than any may be.
        var flood = Http2Floods.ContinuationsAsync(server.EndPoint, (byte[])[.. Request("/"), .. RawHttp2.Header("x", new string('x', Size))[..^Size]], "xxxx"u8.ToArray(), Token);

        await flood.Within(Limit);
        await AssertRefusedAsync(server, "headers_too_large");
    }

    [Fact]
    public async Task Frame_AgainstTheRules_EndsTheConnectionAndIsCounted()
    {
        await using var server = await StartAsync(Long, fewStreams: false);
        using var client = await RawHttp2.ConnectAsync(server.EndPoint, [], Token);

        await client.SendAsync(RawHttp2.Frame(RawHttp2.Continuation, RawHttp2.EndHeaders, 1, Request("/")), Token);

        await client.ReadToEndAsync(Token).Within(Limit);
        await AssertRefusedAsync(server, "protocol");
        await AssertServesAsync(server);
    }

    [Theory]
    [InlineData(RawHttp2.Ping, 8)]
    [InlineData(RawHttp2.Settings, 0)]
    public async Task Frames_OfAClientThatReadsNoAnswer_AreNotReadForEver(byte type, int length)
    {
        await using var server = await StartAsync(Long, fewStreams: false);
        using var client = await RawHttp2.ConnectAsync(server.EndPoint, [], Token);

        Assert.True(await Http2Floods.StopsAsync(client, RawHttp2.Frame(type, 0, 0, new byte[length]), Most, Token));

        await AssertServesAsync(server);
        Assert.InRange(client.Sent, 1, Most - 1);
    }

    [Fact]
    public async Task Requests_TakenBackAtOnce_LeaveNothingBehind()
    {
        await using var server = await StartAsync(Long, fewStreams: false);

        var flood = Http2Floods.ResetsAsync(server.EndPoint, Request("/held"), 20_000, Token);

        await AssertServesAsync(server);
        var ended = await flood.Within(Limit);
        await Eventually.TrueAsync(server.IsIdleAsync, Limit);
        // The server ends the connection where it cannot keep up, and says so.
        await AssertRefusedAsync(server, "protocol", ended ? 1 : 0);
        await AssertServesAsync(server);
    }

    [Fact]
    public async Task Responses_TakenBackWhileTheyWaitForTheConnectionsWindow_EndTheConnectionAndAreCounted()
    {
        await using var server = await StartAsync(Long, fewStreams: true);

        await Http2Floods.StuckResponsesAsync(server.EndPoint, Request("/large"), batch: 10, Token).Within(Limit);

        await AssertRefusedAsync(server, "protocol");
        await AssertServesAsync(server);
    }

    /// <summary>Starts the service with a program behind it that does <see cref="AnswerAsync"/>.</summary>
    /// <param name="headersTimeout">How long headers may take.</param>
    /// <param name="fewStreams">Whether a connection may have some ten or twenty requests at a time; else as many as by default.</param>
    protected abstract Task<FloodedServer> StartAsync(TimeSpan headersTimeout, bool fewStreams);

    /// <summary>What the program behind does.</summary>
    protected static Task AnswerAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Request.Path.Value switch
        {
            "/held" => Never.Task.WaitAsync(context.RequestAborted),
            "/large" => context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted).AsTask(),
            _ => context.Response.WriteAsync("ok"),
        };
    }

    private static async Task AssertServesAsync(FloodedServer server) => Assert.Equal("ok", await server.Client.GetStringAsync(new Uri("/", UriKind.Relative), Token).Within(Limit));

    private static async Task AssertRefusedAsync(FloodedServer server, string reason, int times = 1) =>
        await Eventually.TrueAsync(async () => (await server.MetricsAsync()).Contains($"{server.Refused}{{reason=\"{reason}\"}} {times}\n", StringComparison.Ordinal), Limit);

    private byte[] Request(string path) => RawHttp2.Request(path, _headers);
}
