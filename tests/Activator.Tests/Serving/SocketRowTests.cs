using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Upstream's rows on healthy pods, shares and reports, as pods, the Service and the autoscaler see them on the wire.</summary>
public sealed class SocketRowTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(500, "queue")]
    [InlineData(200, "another")]
    [InlineData(404, "")]
    public async Task R2_PodAnswersAsNoMeshDoes_IsWaitedForAndTheServiceNeverAsked(int status, string body)
    {
        await using var pod = await FakePod.StartAsync();
        await using var service = await FakePod.StartAsync();
        pod.ProbeAnswer = (status, body);
        await using var activator = await StartAsync(pod, service);
        var waiting = activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Log.Count > 3, Limit);

        pod.ProbeAnswer = null;

        Assert.Equal("hello", await waiting.Within(Limit));
        Assert.Equal(1, pod.Served);
        Assert.Empty(service.Log);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Probe_OnTheWire_IsOneThatUpstreamsQueueProxyAnswersItself(int version)
    {
        var heads = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var pod = await FakePod.StartAsync(protocols: version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        pod.OnProbe = context => heads.Enqueue(string.Join('\n', [
            $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Protocol}",
            .. context.Request.Headers.Where(header => header.Key[0] != ':').Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}").Order(StringComparer.OrdinalIgnoreCase),
        ]));
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(protocol: version == 2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());

        await Eventually.TrueAsync(() => !heads.IsEmpty, Limit);

        Assert.All(heads, head => Assert.Equal($"GET /healthz {(version == 2 ? "HTTP/2" : "HTTP/1.1")}\nhost: 127.0.0.1:{pod.Port}\nk-network-probe: queue\nuser-agent: Knative-Activator-Probe", head));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(502)]
    public async Task R2_PodAnswersAsAMeshMay_TheServiceStandsForItForGood(int status)
    {
        await using var pod = await FakePod.StartAsync();
        await using var service = await FakePod.StartAsync();
        pod.ProbeAnswer = (status, "no healthy upstream");
        await using var activator = await StartAsync(pod, service, ready: true);

        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit));

        pod.ProbeAnswer = null;
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit));
        Assert.Equal((0, 2), (pod.Served, service.Served));
    }

    [Theory]
    [InlineData(MeshCompatibilityMode.Auto, true)]
    [InlineData(MeshCompatibilityMode.Disabled, false)]
    public async Task R3_PassthroughOrNoMesh_TheServiceIsNeverAsked(MeshCompatibilityMode mode, bool passthrough)
    {
        await using var pod = await FakePod.StartAsync();
        await using var service = await FakePod.StartAsync();
        pod.ProbeAnswer = (503, "");
        await using var activator = await StartAsync(pod, service, new NetworkConfig { MeshCompatibilityMode = mode, EnableMeshPodAddressability = passthrough });
        var waiting = activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Log.Count > 3, Limit);

        pod.ProbeAnswer = null;

        Assert.Equal("hello", await waiting.Within(Limit));
        Assert.Empty(service.Log);
    }

    [Fact]
    public async Task R3_MeshEnabled_TheServiceAloneIsAsked()
    {
        await using var pod = await FakePod.StartAsync();
        await using var service = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod, service, new NetworkConfig { MeshCompatibilityMode = MeshCompatibilityMode.Enabled }, ready: true);

        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit));

        Assert.Empty(pod.Log);
        Assert.Equal(["probe", "/"], service.Log);
    }

    [Theory]
    [InlineData(3, new[] { 3, 0, 0 })]
    [InlineData(5, new[] { 1, 1, 1 })]
    public async Task B8_ThreeHeldRequests_GoWhereThePolicyOfTheLimitSays(int containerConcurrency, int[] expected)
    {
        using var gate = new SemaphoreSlim(0);
        var pods = new List<FakePod>();
        try
        {
            for (var i = 0; i < expected.Length; i++)
            {
                pods.Add(await FakePod.StartAsync(context => gate.WaitAsync(context.RequestAborted)));
            }

            await using var activator = await TestActivator.StartAsync();
            activator.AddRevision(containerConcurrency);
            activator.SetPods([.. pods.Select(pod => pod.Endpoint())]);
            await Eventually.TrueAsync(() => activator.State.HealthyPods == pods.Count, Limit);
            var requests = new List<Task>();
            for (var i = 1; i <= 3; i++)
            {
                requests.Add(activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
                await Eventually.TrueAsync(() => pods.Sum(pod => pod.Served) == i, Limit);
            }

            Assert.Equal(expected, pods.OrderBy(pod => $"127.0.0.1:{pod.Port}", StringComparer.Ordinal).Select(pod => pod.Served));
            gate.Release(3);
            await Task.WhenAll(requests).Within(Limit);
        }
        finally
        {
            foreach (var pod in pods)
            {
                await pod.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task H1_TwoRequestsAfterEachOther_TheAutoscalerHearsOfOneAtOnceAndOfTheOtherWithTheSecond()
    {
        var time = new FakeTimeProvider();
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync(customize: builder => builder.Services.AddSingleton<TimeProvider>(time));
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());

        await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit);
        await Eventually.TrueAsync(() => activator.Autoscaler.Messages.Count == 1, Limit);
        await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit);
        Assert.Equal([Stat(1, 1)], activator.Autoscaler.Messages);
        time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => activator.Autoscaler.Messages.Count == 2, Limit);
        Assert.Equal([Stat(1, 1), Stat(0, 1)], activator.Autoscaler.Messages);
    }

    private static StatMessage Stat(double average, double count) =>
        new(TestActivator.Revision, new Stat { PodName = "activator-0", AverageConcurrentRequests = average, RequestCount = count });

    private static async Task<TestActivator> StartAsync(FakePod pod, FakePod service, NetworkConfig? network = null, bool ready = false)
    {
        var activator = await TestActivator.StartAsync();
        if (network is not null)
        {
            activator.App.Services.GetRequiredService<LiveSettings>().Set(network);
        }

        activator.AddRevision();
        activator.Revisions.SetCluster(TestActivator.Revision, service.Endpoint(ready: true));
        activator.SetPods(pod.Endpoint(ready));
        return activator;
    }
}
