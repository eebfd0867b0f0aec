using System.Collections.Immutable;
using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Reporting;

public sealed class AutoscalerLinkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Autoscaler_SaysNothingAnyMore_IsAskedAndThenGivenUp()
    {
        using var autoscaler = new HalfOpenAutoscaler();
        await using var activator = await TestActivator.StartAsync(options =>
        {
            options.AutoscalerUrl = autoscaler.Url;
            (options.LinkPingInterval, options.LinkPongTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3));
        });

        Assert.InRange(await autoscaler.Ended.Within(Limit), 1, int.MaxValue);

        await Eventually.TrueAsync(() => !activator.App.Services.GetRequiredService<ActivatorState>().Snapshot().AutoscalerReachable, Limit);
        Assert.Contains("kn_activator_stats_conn_reachable{peer=\"autoscaler\",otel_scope_name=\"knative.dev/serving/pkg/activator\"} 0\n", await activator.MetricsAsync(), StringComparison.Ordinal);
        using var probe = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        probe.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        using var health = await activator.Client.SendAsync(probe, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.InternalServerError, "connection has not yet been established\n"), (health.StatusCode, await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Pings_WithoutOtherWord_AreUpstreams() => Assert.Equal(
        (3.3333333, 10.0), (new ActivatorOptions().LinkPingInterval.TotalSeconds, new ActivatorOptions().LinkPongTimeout.TotalSeconds));

    [Fact]
    public async Task Autoscaler_StaysConnectedButAnswersNoPing_IsGivenUpAndConnectedAnew()
    {
        await using var activator = await TestActivator.StartAsync(options => (options.LinkPingInterval, options.LinkPongTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)));
        var connects = 0;
        activator.App.Services.GetRequiredService<AutoscalerLink>().Connected += () => Interlocked.Increment(ref connects);
        activator.Autoscaler.Reads = false;
        activator.AddRevision();
        var waiting = activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.Autoscaler.Messages.Count > 0);

        // The connection on which it came is read no further, and so no ping is answered.
        await Eventually.TrueAsync(() => Volatile.Read(ref connects) > 0, TimeSpan.FromSeconds(60));

        var errors = (await activator.MetricsAsync()).Split('\n').Single(line => line.StartsWith("kn_activator_stats_conn_errors_total{", StringComparison.Ordinal));
        Assert.False(errors.EndsWith(" 0", StringComparison.Ordinal), errors);
        Assert.False(waiting.IsCompleted);
    }

    [Theory]
    [InlineData(1, 0, 100)]
    [InlineData(1, 0.5, 125)]
    [InlineData(2, 0, 130)]
    [InlineData(3, 0, 169)]
    [InlineData(100, 0.9, 3000)]
    public void Pause_AfterFailures_GrowsToThreeSeconds(int failures, double random, double milliseconds) =>
        Assert.Equal(milliseconds, LinkBackoff.Pause(failures, random).TotalMilliseconds, precision: 6);

    [Fact]
    public void Address_SeveralReadyEndpoints_AreTakenInTurn()
    {
        var address = new AutoscalerAddress(new ActivatorOptions());
        Assert.Equal("ws://autoscaler.knative-serving.svc.cluster.local:8080/", address.Current.ToString());
        address.Set([Endpoint("10.0.0.1", 8080), Endpoint("10.0.0.2", 8080), Endpoint("10.0.0.3", 8080) with { Ready = false }]);

        var first = address.Current;
        address.Rotate();
        var second = address.Current;
        address.Rotate();

        Assert.Equal(["ws://10.0.0.1:8080/", "ws://10.0.0.2:8080/"], new[] { first, second }.Select(uri => uri.ToString()).Order());
        Assert.Equal(first, address.Current);
    }

    [Fact]
    public async Task Link_ItsAutoscalerGoesAway_TurnsToAnotherOne()
    {
        await using var one = await FakeAutoscaler.StartAsync();
        await using var two = await FakeAutoscaler.StartAsync();
        await using var activator = await StartAsync(one, two);
        await Eventually.TrueAsync(() => one.Connections + two.Connections == 1, Limit);
        var (used, other) = one.Connections == 1 ? (one, two) : (two, one);

        await used.DisposeAsync();

        await Eventually.TrueAsync(() => other.Connections == 1, Limit);
        activator.AddRevision();
        _ = activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => other.Messages.Count > 0, Limit);
    }

    [Fact]
    public async Task Link_OneEndpointRefuses_TurnsToTheOther()
    {
        await using var refusing = await FakeAutoscaler.StartAsync();
        refusing.Accepts = false;
        await using var taking = await FakeAutoscaler.StartAsync();

        await using var activator = await StartAsync(refusing, taking);

        await Eventually.TrueAsync(() => taking.Connections == 1, Limit);
    }

    [Fact]
    public async Task Link_ComesBackWhileRequestsWait_PokesForThem()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.Autoscaler.Accepts = false;
        activator.Autoscaler.Drop();
        await Eventually.TrueAsync(() => !activator.App.Services.GetRequiredService<ActivatorState>().Snapshot().AutoscalerReachable, Limit);
        activator.AddRevision();
        _ = activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);
        Assert.Empty(activator.Autoscaler.Messages);

        activator.Autoscaler.Accepts = true;

        await Eventually.TrueAsync(() => activator.Autoscaler.Messages.FirstOrDefault() is { Stat: { AverageConcurrentRequests: 1, RequestCount: 1 } }, Limit);
        Assert.Contains("kn_activator_stats_conn_reachable{peer=\"autoscaler\",otel_scope_name=\"knative.dev/serving/pkg/activator\"} 1", await activator.MetricsAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("kn_activator_stats_conn_errors_total{peer=\"autoscaler\",otel_scope_name=\"knative.dev/serving/pkg/activator\"} 0", await activator.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_AutoscalerDoesNotRead_HoldsNoRequestUp()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync();
        activator.Autoscaler.Reads = false;
        var link = activator.App.Services.GetRequiredService<AutoscalerLink>();
        var reporter = new ConcurrencyReporter("activator-0");
        ImmutableArray<Core.Stats.StatMessage> large = [.. Enumerable.Range(0, 2000).Select(i => reporter.Poke(new ObjectKey("default", $"revision-{i}")))];
        for (var i = 0; i < 400; i++)
        {
            link.Send(large);
        }

        activator.AddRevision();
        activator.SetPods(pod.Endpoint());

        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        Assert.DoesNotContain("kn_activator_stats_conn_errors_total{peer=\"autoscaler\",otel_scope_name=\"knative.dev/serving/pkg/activator\"} 0\n", await activator.MetricsAsync(), StringComparison.Ordinal);
    }

    private static Task<TestActivator> StartAsync(params FakeAutoscaler[] autoscalers) => TestActivator.StartAsync(customize: builder => builder.Services.AddSingleton(_ =>
    {
        var address = new AutoscalerAddress(new ActivatorOptions());
        address.Set([.. autoscalers.Select(autoscaler => Endpoint("127.0.0.1", new Uri(autoscaler.Url).Port))]);
        return address;
    }));

    private static ServiceEndpoint Endpoint(string address, int port) => new() { Address = address, Ports = ImmutableSortedDictionary<string, int>.Empty.Add(Ports.NameHttp, port) };
}
