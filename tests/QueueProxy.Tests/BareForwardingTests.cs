using System.Buffers;
using System.Net;
using System.Text;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>Requests over HTTP/2 without a body.</summary>
public sealed class BareForwardingTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Request_ThroughTheActivator_ReachesTheUserAsTheClientSentIt(string method)
    {
        await using var proxy = await StartAsync(context => context.Response.WriteAsync(string.Join('\n', context.Request.Headers.Where(header => header.Key != "Content-Length").Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}"))));
        using var client = NewClient();
        using var request = NewRequest(proxy, method, "/");
        // One body that is empty: YARP forwards it, by the same rules.
        request.Content = method == "POST" ? new ByteArrayContent([]) : null;
        request.Headers.Host = "10.0.0.1:8012";
        foreach (var (name, value) in new[] { (HeaderNames.OriginalHost, "hello.default.example.com"), (HeaderNames.RevisionName, "hello-00001"), (HeaderNames.RevisionNamespace, "default"), ("X-Forwarded-For", "192.0.2.1"), ("X-Own", "1"), (HeaderNames.PassthroughLoadBalancer, "true"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") })
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal(
            [
                "forwarded: for=192.0.2.1", "host: hello.default.example.com", "k-passthrough-lb: true", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "x-forwarded-for: 192.0.2.1, 127.0.0.1", "x-own: 1",
            ],
            (await response.Content.ReadAsStringAsync(Proxy.Token)).Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Response_Short_IsSentWithItsEnd()
    {
        await using var proxy = await StartAsync(context =>
        {
            context.Response.BodyWriter.Write("hello"u8);
            return Task.CompletedTask;
        });
        using var client = await RawHttp2.ConnectAsync(proxy.App.MainEndPoint, [], Proxy.Token);

        await client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, 1, RawHttp2.Request("/")), Proxy.Token);

        var frame = await client.ReadAsync(Proxy.Token).Within(Proxy.Limit);
        while (frame is { Type: not 0 })
        {
            frame = await client.ReadAsync(Proxy.Token).Within(Proxy.Limit);
        }

        Assert.Equal((RawHttp2.EndStream, "hello"), (frame!.Value.Flags, Encoding.ASCII.GetString(frame.Value.Payload)));
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(3_000_000)]
    public async Task Response_OfAnySize_IsWholeAndHasItsTrailers(int size)
    {
        var sent = new byte[size];
        new Random(1).NextBytes(sent);
        await using var proxy = await StartAsync(async context =>
        {
            context.Response.DeclareTrailer("X-Sum");
            await context.Response.Body.WriteAsync(sent);
            context.Response.AppendTrailer("X-Sum", "1");
        });
        using var client = NewClient();
        using var request = NewRequest(proxy, "GET", "/");

        using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        var received = await response.Content.ReadAsByteArrayAsync(Proxy.Token);
        Assert.True(sent.AsSpan().SequenceEqual(received));
        Assert.Equal(["1"], response.TrailingHeaders.NonValidated["X-Sum"]);
    }

    [Fact]
    public async Task Response_ThatNeverComes_Is502()
    {
        await using var proxy = await StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var client = NewClient();
        using var request = NewRequest(proxy, "GET", "/");

        using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task Response_NotAsLongAsItSays_Is502WithNothingOfIt()
    {
        using var user = ScriptedHttp2Server.Start(stream => ScriptedHttp2Server.Ok(stream, ("content-length", "10"), ("content-encoding", "gzip"), ("x-own", "1")));
        await using var proxy = await Proxy.StartAsync(user.Port);
        using var client = NewClient();
        using var request = NewRequest(proxy, "GET", "/");

        using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal((HttpStatusCode.BadGateway, "the response is not as long as it says\n"), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
        Assert.Equal(["Content-Length", "Content-Type", "Date", "X-Content-Type-Options"], response.Headers.Concat(response.Content.Headers).Select(header => header.Key).Order(StringComparer.Ordinal));
    }

    private static Task<Proxy> StartAsync(RequestDelegate user) => Proxy.StartAsync(user, protocols: HttpProtocols.Http2);

    private static HttpClient NewClient() => new(new SocketsHttpHandler { UseProxy = false });

    private static HttpRequestMessage NewRequest(Proxy proxy, string method, string path) =>
        new(new HttpMethod(method), $"http://{proxy.App.MainEndPoint}{path}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
