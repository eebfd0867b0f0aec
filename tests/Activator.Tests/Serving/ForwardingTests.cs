using System.Net;
using System.Net.WebSockets;
using System.Text;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class ForwardingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] EndToEnd =
    [
        "Alt-Svc", "ALPN", "Close", "Proxy-Authentication-Info", "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "Strict-Transport-Security", "Upgrade-Insecure-Requests",
    ];

    [Fact]
    public async Task Connection_IdleOverSeveralHeartbeats_StaysOpen()
    {
        await using var pod = await FakePod.StartAsync(_ => Task.CompletedTask);
        await using var activator = await StartAsync(pod);
        var endPoint = IPEndPoint.Parse(activator.Client.BaseAddress!.Authority);

        Assert.True(await IdleConnection.StaysOpenAsync(endPoint, "GET / HTTP/1.1\r\nHost: hello\r\nK-Network-Probe: activator\r\n\r\n", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Headers_OfAForwardedRequest_AreWhatTheQueueProxyExpects()
    {
        IHeaderDictionary? seen = null;
        await using var pod = await FakePod.StartAsync(context =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "hello.example.com";
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "192.0.2.1");
        request.Headers.TryAddWithoutValidation(HeaderNames.NetworkHash, "abc");
        request.Headers.TryAddWithoutValidation("Connection", "X-Private");
        request.Headers.TryAddWithoutValidation("X-Private", "1");
        request.Headers.TryAddWithoutValidation("X-Kept", "1");

        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"127.0.0.1:{pod.Port}", seen!.Host);
        Assert.Equal("hello.example.com", seen[HeaderNames.OriginalHost]);
        Assert.Equal("activator", seen[HeaderNames.ProxyRequest]);
        Assert.Equal("192.0.2.1, 127.0.0.1", seen["X-Forwarded-For"]);
        Assert.Equal("1", seen["X-Kept"]);
        Assert.DoesNotContain(seen.Keys, key => key is HeaderNames.RevisionName or HeaderNames.RevisionNamespace or HeaderNames.NetworkHash or "X-Private" or "User-Agent" or "traceparent");
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Headers_BetweenClientAndApplication_PassBothWays(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(
            context =>
            {
                foreach (var name in EndToEnd)
                {
                    context.Response.Headers[name] = $"{context.Request.Headers[name]} and back";
                }

                return Task.CompletedTask;
            },
            protocols);
        var http2 = protocols == HttpProtocols.Http2;
        await using var activator = await StartAsync(pod, http2 ? AppProtocol.H2C : AppProtocol.Http1);
        using var client = TestActivator.NewClient(activator.Http1, http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var content = new StringContent("body");
        foreach (var name in EndToEnd)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, $"{name} there");
        }

        using var response = await client.PostAsync("/", content, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            EndToEnd.Select(name => $"{name}: {name} there and back"),
            EndToEnd.Select(name => response.Headers.NonValidated.TryGetValues(name, out var values) ? $"{name}: {values}" : $"no {name}"));
    }

    [Fact]
    public async Task Target_WithEscapes_ArrivesAsSent()
    {
        string? seen = null;
        await using var pod = await FakePod.StartAsync(context =>
        {
            seen = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        var uri = new Uri($"http://{activator.Http1}/a%41%2f//b/../c?q=%7e+%20#", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        using var response = await activator.Client.GetAsync(uri, TestContext.Current.CancellationToken);

        Assert.Equal("/a%41%2f//b/../c?q=%7e+%20#", seen);
    }

    [Fact]
    public async Task Body_OfSomeMegabytes_StreamsThrough()
    {
        await using var pod = await FakePod.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var activator = await StartAsync(pod);
        var body = new byte[4 * 1024 * 1024];
        Random.Shared.NextBytes(body);

        using var response = await activator.Client.PostAsync("/", new ByteArrayContent(body), TestContext.Current.CancellationToken);

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Response_InParts_ArrivesPartByPart()
    {
        var next = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first");
            await next.Task;
            await context.Response.WriteAsync("second");
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var buffer = new char[5];
        await reader.ReadBlockAsync(buffer, TestContext.Current.CancellationToken).AsTask().Within(Limit);
        next.SetResult();

        Assert.Equal("first", new string(buffer));
        Assert.Equal("second", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grpc_OverEitherPort_KeepsTrailers(bool http2Port)
    {
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                context.Response.ContentType = "application/grpc";
                await context.Request.Body.CopyToAsync(context.Response.Body);
                context.Response.AppendTrailer("grpc-status", "0");
            },
            HttpProtocols.Http2);
        await using var activator = await StartAsync(pod, AppProtocol.H2C);
        using var client = TestActivator.NewClient(http2Port ? activator.Http2 : activator.Http1, HttpVersion.Version20);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent("ping") };
        request.Headers.TryAddWithoutValidation("TE", "trailers");

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("ping", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task Http1_OnTheHttp2Port_IsServed()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod);
        using var client = TestActivator.NewClient(activator.Http2);

        Assert.Equal("hello", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Http2_BothDirectionsAtOnce_AreForwardedWithoutWaiting()
    {
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                var buffer = new byte[16];
                for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
                {
                    await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
                }
            },
            HttpProtocols.Http2);
        await using var activator = await StartAsync(pod, AppProtocol.H2C);
        using var client = TestActivator.NewClient(activator.Http2, HttpVersion.Version20);
        var talk = new TalkingContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = talk };

        var one = talk.SayAsync("one");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).Within(Limit);
        var answers = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await one;
        Assert.Equal("one", await ReadAsync(answers, 3));
        await talk.SayAsync("two");
        Assert.Equal("two", await ReadAsync(answers, 3));
        talk.End();

        Assert.Equal("", await ReadAsync(answers, 1));
    }

    [Fact]
    public async Task WebSocket_MessagesBothWays_AreTunnelled()
    {
        await using var pod = await FakePod.StartAsync(EchoSocketAsync);
        await using var activator = await StartAsync(pod);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader(HeaderNames.RevisionNamespace, TestActivator.Revision.Namespace);
        socket.Options.SetRequestHeader(HeaderNames.RevisionName, TestActivator.Revision.Name);

        await socket.ConnectAsync(new Uri($"ws://{activator.Http1}/chat"), TestContext.Current.CancellationToken).Within(Limit);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hi"), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).Within(Limit);
        Assert.Equal("hi", Encoding.UTF8.GetString(buffer, 0, received.Count));
        Assert.Equal(1, activator.State.InFlight);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken).Within(Limit);

        await Eventually.TrueAsync(() => activator.State.InFlight == 0);
    }

    [Fact]
    public async Task Response_BrokenOff_Is502()
    {
        await using var pod = await FakePod.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.PostAsync("/", new StringContent("once only"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(1, pod.Served);
    }

    private static async Task<TestActivator> StartAsync(FakePod pod, AppProtocol protocol = AppProtocol.Http1)
    {
        var activator = await TestActivator.StartAsync();
        activator.AddRevision(protocol: protocol);
        activator.SetPods(pod.Endpoint());
        return activator;
    }

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        var buffer = new byte[length];
        var read = await stream.ReadAtLeastAsync(buffer, length, throwOnEndOfStream: false, TestContext.Current.CancellationToken).AsTask().Within(Limit);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64];
        while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } frame)
        {
            await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
