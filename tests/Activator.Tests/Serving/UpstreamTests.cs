using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>The activator before pods with Knative's own queue-proxy: it replaces its counterpart alone.</summary>
public sealed class UpstreamTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", false)]
    [InlineData("GET", true)]
    [InlineData("POST", true)]
    public async Task Request_WhilePodsStart_ReachesTheUserWithTheHostThatWasAskedFor(string method, bool http2)
    {
        UpstreamQueueProxy.SkipWithout();
        await using var user = await FakePod.StartAsync(
            async context => await context.Response.WriteAsync($"{context.Request.Host} {await new StreamReader(context.Request.Body).ReadToEndAsync()} {context.Request.Headers["K-Proxy-Request"]}{context.Request.Headers["Knative-Serving-Revision"]}"),
            http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(protocol: http2 ? AppProtocol.H2C : AppProtocol.Http1);
        using var client = TestActivator.NewClient(activator.Http1, http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Host = "hello.default.example.com";
        request.Content = method == "POST" ? new StringContent("body") : null;
        var answer = client.SendAsync(request, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1, Limit);

        await using var pod = UpstreamQueueProxy.Start(user.Port);
        activator.SetPods(pod.Endpoint);

        using var response = await answer.Within(Limit);
        Assert.Equal((HttpStatusCode.OK, $"hello.default.example.com {(method == "POST" ? "body" : "")} activator"), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Requests_MoreThanThePodTakes_AreAllAnswered()
    {
        const int Many = 100;
        UpstreamQueueProxy.SkipWithout();
        await using var user = await FakePod.StartAsync();
        await using var pod = UpstreamQueueProxy.Start(user.Port, containerConcurrency: 2);
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(containerConcurrency: 2);
        activator.SetPods(pod.Endpoint);

        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => activator.Client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken))).Within(Limit);

        Assert.Equal(Enumerable.Repeat("hello", Many), answers);
        Assert.InRange(user.MostRunning, 1, 2);
    }
}
