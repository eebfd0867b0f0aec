using System.Net;
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

    // The platform's client reads no response over HTTP/1.1 before it has sent the request, and this one is never sent whole.
    [Fact]
    public async Task Response_BeforeTheRequestHasCome_IsGivenOnOverHttp1()
    {
        using var user = RefusingServer.Start();
        await using var proxy = await Proxy.StartAsync(user.Port);
        using var first = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token).Within(Proxy.Limit);
        using var content = new ByteArrayContent(new byte[Long]);

        using var response = await proxy.Client.PostAsync(new Uri("/", UriKind.Relative), content, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge, "too much"), (first.StatusCode, response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }

    private static Task RefuseAsync(HttpContext context, string body)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = body.Length;
        return context.Response.WriteAsync(body);
    }
}
