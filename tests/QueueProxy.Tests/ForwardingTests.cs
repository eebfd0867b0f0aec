using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class ForwardingTests
{
    private static readonly string[] EndToEnd =
    [
        "Alt-Svc", "ALPN", "Close", "Proxy-Authentication-Info", "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "Strict-Transport-Security", "Upgrade-Insecure-Requests",
    ];

    [Fact]
    public async Task Request_ThroughTheActivator_ReachesTheUserAsTheClientSentIt()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"))));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = "10.0.0.1:8012";
        request.Headers.Add(HeaderNames.OriginalHost, "hello.default.example.com");
        request.Headers.Add(HeaderNames.RevisionName, "hello-00001");
        request.Headers.Add(HeaderNames.RevisionNamespace, "default");
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");
        request.Headers.Add("Connection", "X-Hop");
        request.Headers.Add("X-Hop", "1");

        using var response = await proxy.Client.SendAsync(request, Proxy.Token);

        Assert.Equal(
            ["Forwarded: for=192.0.2.1", "Host: hello.default.example.com", "X-Forwarded-For: 192.0.2.1, 127.0.0.1"],
            (await response.Content.ReadAsStringAsync(Proxy.Token)).Split('\n').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("X-Forwarded-For: 127.0.0.1, ::1|X-Forwarded-Host: h|X-Forwarded-Proto: p", "for=127.0.0.1;host=h;proto=p, for=\"[::1]\"")]
    [InlineData("X-Forwarded-For: ,,,", "for=, for=, for=")]
    [InlineData("X-Forwarded-Host: h|X-Forwarded-Proto: p", "host=h;proto=p")]
    [InlineData("X-Forwarded-For: 192.0.2.1|Forwarded: for=192.0.2.9;by=me", "for=192.0.2.9;by=me")]
    [InlineData("X-Forwarded-For: 192.0.2.1|X-Forwarded-For: 192.0.2.2|X-Forwarded-Host: a|X-Forwarded-Host: b", "for=192.0.2.1;host=a")]
    [InlineData("X-Other: 1", "")]
    public async Task Forwarded_ByTheHeadersThatCame_IsWhatTheUserSees(string headers, string expected)
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync($"[{context.Request.Headers["Forwarded"]}]"));
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: hello\r\nConnection: close\r\n{headers.Replace("|", "\r\n", StringComparison.Ordinal)}\r\n\r\n"), Proxy.Token);

        var answer = await new StreamReader(client.GetStream(), Encoding.ASCII).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);

        Assert.Contains($"[{expected}]", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_IdleOverSeveralHeartbeats_StaysOpen()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync("ok"));

        Assert.True(await IdleConnection.StaysOpenAsync(proxy.App.MainEndPoint, "GET / HTTP/1.1\r\nHost: hello\r\n\r\n", Proxy.Token));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Headers_BetweenClientAndApplication_PassBothWays(HttpProtocols protocols)
    {
        await using var proxy = await Proxy.StartAsync(
            context =>
            {
                foreach (var name in EndToEnd)
                    context.Response.Headers[name] = $"{context.Request.Headers[name]} and back";
                return Task.CompletedTask;
            },
            protocols: protocols);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Version = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("body"),
        };
        foreach (var name in EndToEnd)
            request.Headers.TryAddWithoutValidation(name, $"{name} there");

        using var response = await proxy.Client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            EndToEnd.Select(name => $"{name}: {name} there and back"),
            EndToEnd.Select(name => response.Headers.NonValidated.TryGetValues(name, out var values) ? $"{name}: {values}" : $"no {name}"));
    }

    [Fact]
    public async Task Request_EncodedPath_IsNotTouched()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        var target = new Uri($"http://{proxy.App.MainEndPoint}/a%2Fb/../c%20d?q=%41&r=a+b", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        Assert.Equal("/a%2Fb/../c%20d?q=%41&r=a+b", await proxy.Client.GetStringAsync(target, Proxy.Token));
    }

    [Fact]
    public async Task Http1_FullDuplex_TheResponseBeginsBeforeTheRequestHasEnded()
    {
        await using var proxy = await Proxy.StartAsync(
            EchoAsync,
            options => options with { HttpFullDuplex = true });
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await client.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: hello\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"u8.ToArray(), Proxy.Token);

        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Proxy.Token));
        while (await reader.ReadLineAsync(Proxy.Token) != "one")
        {
        }

        await client.GetStream().WriteAsync("3\r\ntwo\r\n0\r\n\r\n"u8.ToArray(), Proxy.Token);
        Assert.Equal(["3", "two", "0"], [await reader.ReadLineAsync(Proxy.Token), await reader.ReadLineAsync(Proxy.Token), await reader.ReadLineAsync(Proxy.Token)]);
    }

    [Fact]
    public async Task Http2_BothDirectionsAtOnce_AreForwardedWithoutWaiting()
    {
        await using var proxy = await Proxy.StartAsync(EchoAsync, protocols: HttpProtocols.Http2);
        using var talk = new TalkingContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = talk };

        await talk.SayAsync("one");
        using var response = await proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var answers = await response.Content.ReadAsStreamAsync(Proxy.Token);
        var part = new byte[3];
        await answers.ReadExactlyAsync(part, Proxy.Token).AsTask().Within(Proxy.Limit);
        Assert.Equal("one", Encoding.ASCII.GetString(part));
        await talk.SayAsync("two");
        await answers.ReadExactlyAsync(part, Proxy.Token).AsTask().Within(Proxy.Limit);
        Assert.Equal("two", Encoding.ASCII.GetString(part));
        talk.End();

        Assert.Equal(0, await answers.ReadAsync(part, Proxy.Token).AsTask().Within(Proxy.Limit));
    }

    [Fact]
    public async Task Body_ThatComesSlowly_ReachesTheUserPieceByPiece()
    {
        var seen = 0;
        await using var proxy = await Proxy.StartAsync(async context =>
        {
            var buffer = new byte[16];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
                Interlocked.Add(ref seen, read);
        });
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        await client.GetStream().WriteAsync("POST / HTTP/1.1\r\nHost: hello\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), Proxy.Token);

        for (var sent = 1; sent <= 5; sent++)
        {
            await client.GetStream().WriteAsync("1\r\nx\r\n"u8.ToArray(), Proxy.Token);
            await Eventually.TrueAsync(() => Volatile.Read(ref seen) == sent, Proxy.Limit);
        }

        await client.GetStream().WriteAsync("0\r\n\r\n"u8.ToArray(), Proxy.Token);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Proxy.Token).AsTask().Within(Proxy.Limit));
    }

    [Fact]
    public async Task Http1_FullDuplexAndWhatIsNoBody_Is502()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null), options => options with { HttpFullDuplex = true });

        Assert.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", await RawUser.SayAsync(proxy.App.MainEndPoint, "POST / HTTP/1.1\r\nHost: hello\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n").Within(Proxy.Limit), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nFoo : x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n", "malformed response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n", "malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "hello")]
    public async Task Http1_FullDuplexAndAStrangeResponse_IsReadAsTheRfcSays(string response, string start, string text)
    {
        using var user = RawUser.Start(_ => response);
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with { HttpFullDuplex = true });

        var said = await RawUser.SayAsync(proxy.App.MainEndPoint, "POST / HTTP/1.1\r\nHost: hello\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx").Within(Proxy.Limit);

        Assert.StartsWith(start, said, StringComparison.Ordinal);
        Assert.Contains(text, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserContainer_NotListening_Is502WithTheReason()
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1);

        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("refused", await response.Content.ReadAsStringAsync(Proxy.Token), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Response_WrittenInParts_ArrivesPartByPart()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first ");
            await gate.HandleAsync(context);
        });

        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        var part = new byte[6];
        await body.ReadExactlyAsync(part, Proxy.Token).AsTask().Within(Proxy.Limit);
        gate.Open(1);

        Assert.Equal("first ", Encoding.UTF8.GetString(part));
        Assert.Equal("done", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Http2_WithTrailers_PassesBothWaysOnThePortThatSpeaksHttp1Too()
    {
        await using var proxy = await Proxy.StartAsync(EchoWithTrailersAsync, protocols: HttpProtocols.Http2);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pkg.Service/Call") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.ParseAdd("trailers");
        request.Content = new StringContent("payload", Encoding.UTF8, "application/grpc");

        using var response = await proxy.Client.SendAsync(request, Proxy.Token);

        Assert.Equal("payload", await response.Content.ReadAsStringAsync(Proxy.Token));
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
        Assert.Equal(HttpVersion.Version20, response.Version);
        using var probe = await proxy.ProbeAsync();
        Assert.Equal((HttpVersion.Version11, HttpStatusCode.OK), (probe.Version, probe.StatusCode));
    }

    [Fact]
    public async Task WebSocket_Messages_PassBothWays()
    {
        await using var proxy = await Proxy.StartAsync(EchoMessageAsync, options => options with { ContainerConcurrency = 1 });
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{proxy.App.MainEndPoint}/ws"), CancellationToken.None).Within(Proxy.Limit);

        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None).Within(Proxy.Limit);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within(Proxy.Limit);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task Request_ExpectsContinue_GetsItWhenTheUserReads()
    {
        await using var proxy = await Proxy.StartAsync(async context =>
            await context.Response.WriteAsync((await new StreamReader(context.Request.Body).ReadToEndAsync(Proxy.Token)).Length.ToString(CultureInfo.InvariantCulture)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(new string('x', 100_000)) };
        request.Headers.ExpectContinue = true;

        using var response = await proxy.Client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal("100000", await response.Content.ReadAsStringAsync(Proxy.Token));
    }

    private static async Task EchoWithTrailersAsync(HttpContext context)
    {
        context.Response.DeclareTrailer("grpc-status");
        await context.Request.Body.CopyToAsync(context.Response.Body);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static async Task EchoMessageAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[16];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var buffer = new byte[64];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
            await context.Response.Body.FlushAsync();
        }
    }
}
