using System.Net;
using System.Text;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>What the activator makes of a request and its response, however it forwards it.</summary>
public sealed class ExchangeTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string Head = $"Host: a\r\n{HeaderNames.RevisionNamespace}: {TestActivator.Revision.Namespace}\r\n{HeaderNames.RevisionName}: {TestActivator.Revision.Name}\r\n";

    [Theory]
    [InlineData("POST", true)]
    [InlineData("POST", false)]
    [InlineData("PUT", true)]
    [InlineData("PATCH", true)]
    [InlineData("DELETE", true)]
    [InlineData("DELETE", false)]
    [InlineData("PURGE", true)]
    public async Task Request_WithoutBodyThatMayNotBeRepeated_PodClosesBeforeAnAnswer_Is502AndSentOnce(string method, bool isFirst)
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            if (request.Head.Contains(" /first ", StringComparison.Ordinal))
            {
                await request.SayAsync(Ok);
                return;
            }

            request.Close();
        });
        await using var activator = await StartAsync(pod.Endpoint);
        using var client = await RawClient.ConnectAsync(activator.Http1);
        if (!isFirst)
        {
            await client.SayAsync($"{method} /first HTTP/1.1\r\n{Head}\r\n");
            Assert.EndsWith("ok", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
        }

        await client.SayAsync($"{method} /last HTTP/1.1\r\n{Head}Connection: close\r\n\r\n");

        Assert.Contains("HTTP/1.1 502 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Single(pod.Requests, request => request.Head.Contains(" /last ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Idempotency-Key")]
    [InlineData("X-Idempotency-Key")]
    public async Task Request_WithoutBodyThatIsSaidToBeIdempotent_PodClosesBeforeAnAnswer_IsSentAgain(string header)
    {
        var last = 0;
        await using var pod = ScriptedPod.Start(async request =>
        {
            if (request.Head.Contains(" /last ", StringComparison.Ordinal) && Interlocked.Increment(ref last) == 1)
            {
                request.Close();
                return;
            }

            await request.SayAsync(Ok);
        });
        await using var activator = await StartAsync(pod.Endpoint);
        using var client = await RawClient.ConnectAsync(activator.Http1);
        await client.SayAsync($"POST /first HTTP/1.1\r\n{Head}\r\n");
        Assert.EndsWith("ok", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);

        await client.SayAsync($"POST /last HTTP/1.1\r\n{Head}{header}: 1\r\nConnection: close\r\n\r\n");

        Assert.DoesNotContain("HTTP/1.1 502 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.All(pod.Requests, request => Assert.Contains("\r\nContent-Length: 0\r\n", request.Head, StringComparison.Ordinal));
        Assert.Equal(2, last);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task Request_WithoutBody_SaysSoByItsLength(string method)
    {
        await using var pod = ScriptedPod.Saying(Ok);
        await using var activator = await StartAsync(pod.Endpoint);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"{method} / HTTP/1.1\r\n{Head}Connection: close\r\n\r\n");

        Assert.EndsWith("ok", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 0\r\n", pod.Requests[0].Head, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", pod.Requests[0].Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Connection_NamesHeaders_OnlyThoseOfTheHopGo()
    {
        await using var pod = ScriptedPod.Saying("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-Own: 1\r\nContent-Length: 2\r\n\r\nok");
        await using var activator = await StartAsync(pod.Endpoint);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"POST / HTTP/1.1\r\n{Head}Connection: host, content-length, content-language, x-hop, no(token\r\nX-Hop: 1\r\nX-Own: 1\r\nContent-Language: en\r\nContent-Length: 0\r\n\r\n");

        var seen = await client.ReadUntilAsync("\r\n\r\nok");
        Assert.StartsWith("HTTP/1.1 200 ", seen, StringComparison.Ordinal);
        Assert.Contains("X-Own: 1", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", seen, StringComparison.Ordinal);
        var head = pod.Requests[0].Head;
        Assert.Contains("Content-Length: 0\r\n", head, StringComparison.Ordinal);
        Assert.Contains("K-Original-Host: a\r\n", head, StringComparison.Ordinal);
        Assert.Contains("X-Own: 1\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Content-Language", head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", false)]
    [InlineData("GET", true)]
    [InlineData("POST", true)]
    public async Task Response_HeadersBeforeAnyBody_ReachTheClientWhileTheBodyIsWaitedFor(string method, bool isHttp2)
    {
        var next = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                await context.Response.Body.FlushAsync();
                await next.Task;
                await context.Response.WriteAsync("late");
            },
            isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var activator = await StartAsync(pod.Endpoint(), isHttp2 ? AppProtocol.H2C : AppProtocol.Http1);
        using var client = TestActivator.NewClient(isHttp2 ? activator.Http2 : activator.Http1, isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).Within(Limit);
        next.SetResult();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("late", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within(Limit));
    }

    [Fact]
    public async Task Grpc_AnswerOfTrailersOnly_EndsWithItsHeaders()
    {
        await using var pod = await FakePod.StartAsync(
            context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "5";
                return Task.CompletedTask;
            },
            HttpProtocols.Http2);
        await using var activator = await StartAsync(pod.Endpoint(), AppProtocol.H2C);
        using var client = TestActivator.NewClient(activator.Http2, HttpVersion.Version20);

        using var response = await client.PostAsync("/pkg.Service/Call", new StringContent("", Encoding.UTF8, "application/grpc"), TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal("5", response.Headers.GetValues("grpc-status").Single());
        // The server says the length only of a response that has ended when its headers go.
        Assert.Equal(0, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("GET", "Content-Length: 4\r\n\r\nbody")]
    [InlineData("GET", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")]
    [InlineData("POST", "Content-Length: 4\r\n\r\nbody")]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")]
    public async Task Response_ResetContentWithABody_ComesThroughWithoutIt(string method, string rest)
    {
        await using var pod = ScriptedPod.Saying($"HTTP/1.1 205 Reset Content\r\nX-Own: 1\r\n{rest}");
        await using var activator = await StartAsync(pod.Endpoint);
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/");

            using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken).Within(Limit);

            Assert.Equal((HttpStatusCode.ResetContent, "1", ""), (response.StatusCode, response.Headers.GetValues("X-Own").Single(), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        }
    }

    private static async Task<TestActivator> StartAsync(ServiceEndpoint pod, AppProtocol protocol = AppProtocol.Http1)
    {
        var activator = await TestActivator.StartAsync();
        activator.AddRevision(protocol: protocol);
        activator.SetPods(pod);
        return activator;
    }
}
