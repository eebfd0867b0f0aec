using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class ColdStartTests
{
    private const int Crowd = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Requests_WithoutPods_AllWaitAndAllSucceedAfterTheProbe()
    {
        await using var pod = await FakePod.StartAsync();
        pod.Ready = false;
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        var requests = Enumerable.Range(0, Crowd).Select(_ => activator.Client.GetAsync("/hello", TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => activator.State.Waiting == Crowd);

        activator.SetPods(pod.Endpoint(ready: false));
        await Eventually.TrueAsync(() => pod.Log.Count >= 3);
        Assert.Equal(0, pod.Served);
        Assert.Equal(Crowd, activator.State.Waiting);
        pod.Ready = true;
        var responses = await Task.WhenAll(requests).Within(Limit);

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(Crowd, pod.Served);
        await Eventually.TrueAsync(() => activator.State is { Waiting: 0, InFlight: 0, HealthyPods: 1 });
    }

    [Fact]
    public async Task Requests_PodStartsToListenLater_AllSucceed()
    {
        // On an address of its own, where nobody else's connection takes the port meanwhile.
        const string Address = "127.94.7.1";
        ServiceEndpoint endpoint;
        await using (var scout = await FakePod.StartAsync(address: Address))
        {
            endpoint = scout.Endpoint();
        }

        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(endpoint);
        var requests = Enumerable.Range(0, Crowd).Select(_ => activator.Client.GetStringAsync("/hello", TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => activator.State.Waiting == Crowd);

        await using var pod = await FakePod.StartAsync(port: endpoint.Ports.Values.First(), address: Address);
        var bodies = await Task.WhenAll(requests).Within(Limit);

        Assert.All(bodies, body => Assert.Equal("hello", body));
        Assert.Equal("probe", pod.Log.First());
    }

    [Fact]
    public async Task Requests_FirstOfARevision_IsReportedAtOnceAndOnce()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();

        var requests = Enumerable.Range(0, 5).Select(_ => activator.Client.GetAsync("/hello", TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => activator.State.Waiting == requests.Length);
        await Eventually.TrueAsync(() => activator.Autoscaler.Messages.Count >= 3);

        var first = new Stat { PodName = "activator-0", AverageConcurrentRequests = 1, RequestCount = 1 };
        Assert.Equal(new StatMessage(TestActivator.Revision, first), activator.Autoscaler.Messages.First());
        Assert.Equal(requests.Length, activator.Autoscaler.Messages.Sum(message => message.Stat.RequestCount));
    }

    [Fact]
    public async Task Request_ClientGoesAway_LeavesTheQueue()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        using var patience = new CancellationTokenSource();
        var request = activator.Client.PostAsync("/hello", new StringContent("body"), patience.Token);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await Eventually.TrueAsync(() => activator.State.Waiting == 0);
    }

    [Fact]
    public async Task Request_PodDiedUnnoticed_GoesToAnotherOne()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        await using var dying = await FakePod.StartAsync();
        activator.SetPods(dying.Endpoint());
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        await dying.DisposeAsync();

        var posts = Enumerable.Range(0, 5).Select(i => activator.Client.PostAsync("/", new StringContent($"body {i}"), TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => activator.State is { HealthyPods: 0, Waiting: 5 });
        await using var other = await FakePod.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        activator.SetPods(other.Endpoint());
        var responses = await Task.WhenAll(posts).Within(Limit);

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var bodies = await Task.WhenAll(responses.Select(response => response.Content.ReadAsStringAsync()));
        Assert.Equal(["body 0", "body 1", "body 2", "body 3", "body 4"], bodies);
    }

    [Fact]
    public async Task Requests_TooManyWaiting_AreRefused()
    {
        await using var activator = await TestActivator.StartAsync(options => options.MaxWaitingPerRevision = 2);
        activator.AddRevision();
        _ = activator.Client.GetAsync("/1", TestContext.Current.CancellationToken);
        _ = activator.Client.GetAsync("/2", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 2);

        using var response = await activator.Client.GetAsync("/3", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("pending request queue full\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Requests_OneAtATimePerPod_NeverMeetInAPod()
    {
        RequestDelegate slow = async context =>
        {
            await context.Response.WriteAsync("x");
            await context.Response.Body.FlushAsync();
            await Task.Yield();
        };
        await using var one = await FakePod.StartAsync(slow, address: "127.0.0.2");
        await using var two = await FakePod.StartAsync(slow, address: "127.0.0.3");
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(containerConcurrency: 1);
        activator.SetPods(one.Endpoint(), two.Endpoint());

        var responses = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken))).Within(Limit);

        Assert.All(responses, body => Assert.Equal("x", body));
        Assert.Equal(Crowd, one.Served + two.Served);
        Assert.Equal((1, true), (one.MostRunning, two.MostRunning <= 1));
    }

    [Fact]
    public async Task Request_TakesTooLong_Is504()
    {
        await using var activator = await TestActivator.StartAsync(options => options.RequestTimeout = TimeSpan.FromMilliseconds(100));
        activator.AddRevision();

        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("activator request timeout", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, activator.State.Waiting);
    }
}
