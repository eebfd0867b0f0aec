using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

public class ActivatorProbeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task K7_InTheBackground_OneRunProbesEverySecondFor45Seconds()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await using var path = await FakeDataPath.StartAsync("127.9.34.1");
        path.Answer = "queue";
        await harness.CreateSliceAsync("default", "hello", "127.9.34.1", ("http", 8012));
        await harness.UntilAsync(() => Task.FromResult(harness.Get<ClusterCaches>().SlicesOf(new ObjectKey("default", "hello")).Count == 1), "the slice");
        var time = new CountingTime();
        using var probe = new ActivatorProbe(harness.Get<ClusterCaches>(), harness.Get<LiveSettings>(), harness.Get<AutoscalerOptions>(), time);
        var (target, ended) = (Target(), 0);

        for (var again = 0; again < 3; again++)
        {
            probe.ProbeInBackground(target, BackgroundProbe.Of(target, "cluster.local"), _ => Interlocked.Increment(ref ended));
        }

        for (var second = 1; second <= 45; second++)
        {
            // Of each probe there are two timers: that of the pause before it, and that of its own limit.
            await Eventually.TrueAsync(() => time.Timers == (2 * second) - 1, Patience);
            Assert.Equal((second - 1, 0), (path.Probes, ended));
            time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(() => path.Probes == second, Patience);
        }

        await Eventually.TrueAsync(() => Volatile.Read(ref ended) == 1, Patience);
        Assert.Equal((45, 90), (path.Probes, time.Timers));

        // When it has ended another may begin; one that passes ends at once.
        path.Answer = "activator";
        probe.ProbeInBackground(target, BackgroundProbe.Of(target, "cluster.local"), _ => Interlocked.Increment(ref ended));
        await Eventually.TrueAsync(() => time.Timers == 91, Patience);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Volatile.Read(ref ended) == 2, Patience);
        Assert.Equal(46, path.Probes);
    }

    [Fact]
    public async Task ProbeAsync_AddressThatIsNone_IsNoActivator()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var slice = new V1EndpointSlice
        {
            Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default", Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "hello" } },
            AddressType = "IPv4",
            Endpoints = [new V1Endpoint { Addresses = ["no host"] }],
            Ports = [new Discoveryv1EndpointPort { Name = "http", Port = 8012, Protocol = "TCP" }],
        };
        await harness.Client.CreateAsync(slice, TestContext.Current.CancellationToken);
        await harness.UntilAsync(() => Task.FromResult(harness.Get<ClusterCaches>().SlicesOf(new ObjectKey("default", "hello")).Count == 1), "the slice");
        var time = new CountingTime();
        using var probe = new ActivatorProbe(harness.Get<ClusterCaches>(), harness.Get<LiveSettings>(), harness.Get<AutoscalerOptions>(), time);

        Assert.False(await probe.ProbeAsync(Target(), TestContext.Current.CancellationToken));
    }

    private static ScaleTarget Target()
    {
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default" },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "hello-deployment" } },
        };
        var sks = new ServerlessService { Metadata = pa.Metadata, Status = new ServerlessServiceStatus { ServiceName = "hello" } };
        return new ScaleTarget(new ObjectKey("default", "hello"), pa, sks, RevisionScalingReader.Read(new AutoscalerConfig(), new Dictionary<string, string>(), 0, ""));
    }

    /// <summary>A clock that the test moves, and that counts the timers made.</summary>
    private sealed class CountingTime : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}
