using System.Net;
using System.Text;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>What the proxy makes of a request and its response.</summary>
public sealed class ExchangeTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("PURGE")]
    public async Task Request_WithoutBodyThatMayNotBeRepeated_UserClosesBeforeAnAnswer_Is502AndSentOnce(string method)
    {
        using var user = RawUser.Start(head => head.Contains(" /first ", StringComparison.Ordinal) ? Ok : "");
        await using var proxy = await Proxy.StartAsync(user.Port);

        var fresh = await RawUser.SayAsync(proxy.App.MainEndPoint, $"{method} /fresh HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        var kept = await RawUser.SayAsync(proxy.App.MainEndPoint, $"{method} /first HTTP/1.1\r\nHost: a\r\n\r\n{method} /kept HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", fresh, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 502 ", kept, StringComparison.Ordinal);
        Assert.Equal([$"{method} /fresh HTTP/1.1", $"{method} /first HTTP/1.1", $"{method} /kept HTTP/1.1"], user.Heads.Select(head => head.Split('\n')[0]));
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", true)]
    [InlineData("PUT", true)]
    [InlineData("PATCH", true)]
    [InlineData("DELETE", true)]
    public async Task Request_WithoutBody_SaysItsLengthWhereAMethodMayHaveOne(string method, bool saysLength)
    {
        using var user = RawUser.Start(_ => Ok);
        await using var proxy = await Proxy.StartAsync(user.Port);

        Assert.EndsWith("ok", await RawUser.SayAsync(proxy.App.MainEndPoint, $"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);

        var head = Assert.Single(user.Heads);
        Assert.Equal(saysLength, head.Contains("\nContent-Length: 0\n", StringComparison.Ordinal));
        Assert.DoesNotContain("Transfer-Encoding", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Connection_NamesHeaders_OnlyThoseOfTheHopGo()
    {
        using var user = RawUser.Start(_ => "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-Own: 1\r\nContent-Length: 2\r\n\r\nok");
        await using var proxy = await Proxy.StartAsync(user.Port);

        var seen = await RawUser.SayAsync(
            proxy.App.MainEndPoint,
            "POST / HTTP/1.1\r\nHost: hello.example.com\r\nConnection: host, content-length, content-language, x-hop, no(token\r\nX-Hop: 1\r\nX-Own: 1\r\nContent-Language: en\r\nContent-Length: 2\r\n\r\n\r\nGET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", seen, StringComparison.Ordinal);
        Assert.Contains("X-Own: 1", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", seen, StringComparison.Ordinal);
        var head = user.Heads.First();
        Assert.Contains("\nHost: hello.example.com\n", head, StringComparison.Ordinal);
        Assert.Contains("\nContent-Length: 2\n", head, StringComparison.Ordinal);
        Assert.Contains("\nX-Own: 1\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Content-Language", head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Response_HeadersBeforeAnyBody_ReachTheClientWhileTheBodyIsWaitedFor(HttpProtocols protocols)
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                await context.Response.Body.FlushAsync();
                await gate.HandleAsync(context);
            },
            protocols: protocols);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/")
        {
            Version = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        gate.Open(1);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("done", await response.Content.ReadAsStringAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Grpc_AnswerOfTrailersOnly_EndsWithItsHeaders()
    {
        await using var proxy = await Proxy.StartAsync(
            context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "5";
                return Task.CompletedTask;
            },
            protocols: HttpProtocols.Http2);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pkg.Service/Call") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = new StringContent("", Encoding.UTF8, "application/grpc");

        using var response = await proxy.Client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal("5", Assert.Single(response.Headers.GetValues("grpc-status")));
        // The server says the length only of a response that has ended when its headers go.
        Assert.Equal(0, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("Content-Length: 4\r\n\r\nbody", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", false)]
    [InlineData("Content-Length: 4\r\n\r\nbody", true)]
    public async Task Response_ResetContentWithABody_ComesThroughWithoutIt(string rest, bool isDuplex)
    {
        using var user = RawUser.Start(_ => $"HTTP/1.1 205 Reset Content\r\nX-Own: 1\r\n{rest}");
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with { HttpFullDuplex = isDuplex });

        var seen = await RawUser.SayAsync(proxy.App.MainEndPoint, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 205 ", seen, StringComparison.Ordinal);
        Assert.Contains("X-Own: 1\r\n", seen, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", seen, StringComparison.Ordinal);
    }
}
