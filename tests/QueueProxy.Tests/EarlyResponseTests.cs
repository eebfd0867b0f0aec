using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>User containers that answer before the request has come whole, and read no more of it.</summary>
public sealed class EarlyResponseTests
{
    // More than what the kernel takes for a socket that nobody reads.
    private const int Long = 64 << 20;

    [Theory]
    [InlineData("")]
    [InlineData("no")]
    public async Task Response_BeforeTheRequestHasCome_IsGivenOnOverHttp2(string body)
    {
        await using var proxy = await Proxy.StartAsync(context => RefuseAsync(context, body), protocols: HttpProtocols.Http2);
        using var client = Proxy.ClientOf(proxy.App.MainEndPoint);
        using var content = new TalkingContent();
        await content.SayAsync("first part");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };

        using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, body), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token).Within(Proxy.Limit)));
        content.End();
    }

    [Theory]
    [InlineData(RefusingServer.Refusal, "HTTP/1.1 413 Payload Too Large\r\n", "too much")]
    [InlineData("", "HTTP/1.1 502 Bad Gateway\r\n", "ended")]
    public async Task Response_BeforeALongRequestHasCome_IsGivenOnWithFullDuplex(string refusal, string expected, string body)
    {
        using var user = RefusingServer.Start(refusal);
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with { HttpFullDuplex = true });
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Long}\r\n\r\nfirst part"), Proxy.Token);

        var said = "";
        var buffer = new byte[4096];
        while (!said.Contains(body, StringComparison.Ordinal) && await client.GetStream().ReadAsync(buffer, Proxy.Token).AsTask().Within(Proxy.Limit) is var read and > 0)
        {
            said += Encoding.ASCII.GetString(buffer, 0, read);
        }

        Assert.StartsWith(expected, said, StringComparison.Ordinal);
        Assert.Contains(body, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_BeforeALongRequestIsSent_IsGivenOnWithFullDuplex()
    {
        using var user = RefusingServer.Start();
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with { HttpFullDuplex = true });
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Long}\r\n\r\n"), Proxy.Token);

        // Until the server takes no more of it.
        var sending = client.GetStream().WriteAsync(new byte[Long], Proxy.Token).AsTask();

        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(Proxy.Token).AsTask().Within(Proxy.Limit));
        client.Close();
        await sending.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
    }

    [Fact]
    public async Task Response_WhileTheUserReadsOn_EndsTheRequest()
    {
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                await context.Response.WriteAsync("no");
                await context.Response.CompleteAsync();
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            },
            options => options with { ContainerConcurrency = 1 },
            HttpProtocols.Http2);
        using var client = Proxy.ClientOf(proxy.App.MainEndPoint);
        using var first = new TalkingContent();
        using var second = new TalkingContent();
        foreach (var content in new[] { first, second })
        {
            await content.SayAsync("first part");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };

            // The second one comes in only when the first one is over.
            using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

            Assert.Equal("no", await response.Content.ReadAsStringAsync(Proxy.Token).Within(Proxy.Limit));
        }

        first.End();
        second.End();
    }

    private static Task RefuseAsync(HttpContext context, string body)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = body.Length;
        return context.Response.WriteAsync(body);
    }
}
