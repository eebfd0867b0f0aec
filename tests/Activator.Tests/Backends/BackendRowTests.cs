using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Networking;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Backends;

/// <summary>Upstream's rows on finding healthy pods.</summary>
public sealed class BackendRowTests : IDisposable
{
    private const string Pod = "10.0.0.1:8012";
    private const string Second = "10.0.0.2:8012";
    private const string ClusterIp = "10.96.0.1:80";
    private readonly FakeProber _prober = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RevisionThrottle _throttle = new(new ThrottleOptions(10, "", 10), new WaitingBudget(10));
    private BackendsWatcher? _watcher;

    public void Dispose() => _watcher?.Dispose();

    [Fact]
    public async Task R1_NotReadyPodThatAnswers_IsUsedAtOnce()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);

        Watch().Update([], [Pod]);

        await Eventually.TrueAsync(() => Assigned() == Pod);
    }

    [Fact]
    public async Task R1_OnlyTheKubeletCanTell_WaitsForKubernetes()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        var watcher = Watch(context => context with { TrustsProbes = false });

        watcher.Update([], [Pod]);
        Assert.Equal((0, 0), (_prober.Count(Pod), _throttle.Backends));
        watcher.Update([Pod], []);

        await Eventually.TrueAsync(() => Assigned() == Pod);
        watcher.Update([], [Pod]);
        Assert.Equal("", Assigned());
    }

    [Fact]
    public async Task R2_AnswersThatAreNoMesh_NeverLeadToTheClusterIp()
    {
        _prober.Answer(Pod, ProbeOutcome.NotReady);
        _prober.Answer(ClusterIp, ProbeOutcome.Ready);
        Watch().Update([Pod], [], ClusterIp);
        await AdvanceUntilAsync(() => _prober.Count(Pod) > 3);

        _prober.Answer(Pod, ProbeOutcome.Ready);

        await AdvanceUntilAsync(() => Assigned() == Pod);
        Assert.Equal(0, _prober.Count(ClusterIp));
    }

    [Fact]
    public async Task R2_EveryAnswerMayBeAMesh_TheClusterIpStandsForThePodsForGood()
    {
        _prober.Answer(Pod, ProbeOutcome.MaybeMesh);
        _prober.Answer(Second, ProbeOutcome.Unreachable);
        _prober.Answer(ClusterIp, ProbeOutcome.Ready);
        var watcher = Watch();

        watcher.Update([Pod, Second], [], ClusterIp);

        await AdvanceUntilAsync(() => _throttle.View() is { ClusterIp: ClusterIp, Backends: 2, Capacity: 20 });
        _prober.Answer(Pod, ProbeOutcome.Ready);
        var asked = _prober.Count(Pod);
        watcher.Update([Pod], [], ClusterIp);
        Assert.Equal((ClusterIp, 1, asked), (_throttle.View().ClusterIp, _throttle.Backends, _prober.Count(Pod)));
        watcher.Update([], [], ClusterIp);
        Assert.Equal((null, 0), (_throttle.View().ClusterIp, _throttle.Capacity));
        watcher.Update([Pod], [], ClusterIp);
        await AdvanceUntilAsync(() => _throttle.View() is { ClusterIp: ClusterIp, Backends: 1 });
        Assert.Equal(asked, _prober.Count(Pod));
    }

    [Theory]
    [InlineData(MeshCompatibilityMode.Auto, "hello-private.default")]
    [InlineData(MeshCompatibilityMode.Disabled, null)]
    public async Task R3_PassthroughOrNoMesh_NeverLeadsToTheClusterIp(MeshCompatibilityMode mode, string? passthroughHost)
    {
        _prober.Answer(Pod, ProbeOutcome.MaybeMesh);
        _prober.Answer(ClusterIp, ProbeOutcome.Ready);

        Watch(context => context with { Mesh = mode, PassthroughHost = passthroughHost }).Update([], [Pod], ClusterIp);

        await AdvanceUntilAsync(() => _prober.Count(Pod) > 3);
        Assert.Equal((0, 0), (_prober.Count(ClusterIp), _throttle.Backends));
    }

    [Fact]
    public async Task R3_MeshEnabled_AsksTheClusterIpAlone()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        _prober.Answer(ClusterIp, ProbeOutcome.Ready);

        Watch(context => context with { Mesh = MeshCompatibilityMode.Enabled }).Update([Pod], [], ClusterIp);

        await AdvanceUntilAsync(() => _throttle.View().ClusterIp == ClusterIp);
        Assert.Equal(0, _prober.Count(Pod));
    }

    [Fact]
    public void R3_MeshDisabled_ReadyPodsAreUsedWithoutAProbe()
    {
        Watch(context => context with { Mesh = MeshCompatibilityMode.Disabled }).Update([Pod], [], ClusterIp);

        Assert.Equal((Pod, 0), (Assigned(), _prober.Count(Pod)));
    }

    [Fact]
    public async Task R4_ReadyPodTurnsNotReadyAndDoesNotAnswer_IsRemovedAtOnce()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        _prober.Answer(Second, ProbeOutcome.Ready);
        var watcher = Watch();
        watcher.Update([Pod, Second], []);
        await Eventually.TrueAsync(() => _throttle.Backends == 2);
        _prober.Answer(Pod, ProbeOutcome.NotReady);

        watcher.Update([Second], [Pod]);

        Assert.Equal(Second, Assigned());
        watcher.Update([], []);
        Assert.Equal((0, 0), (_throttle.Backends, _throttle.Capacity));
    }

    [Fact]
    public async Task ReportUnreachable_TheClusterIp_GetsNoRequestBeforeANewProbe()
    {
        _prober.Answer(ClusterIp, ProbeOutcome.Ready);
        var watcher = Watch();
        watcher.Update([Pod], [], ClusterIp);
        await AdvanceUntilAsync(() => _throttle.View().ClusterIp == ClusterIp);
        _prober.Answer(ClusterIp, ProbeOutcome.Unreachable);

        watcher.ReportUnreachable(ClusterIp);

        Assert.Equal((null, 0), (_throttle.View().ClusterIp, _throttle.Capacity));
        _prober.Answer(ClusterIp, ProbeOutcome.Ready);
        await AdvanceUntilAsync(() => _throttle.View().ClusterIp == ClusterIp);
    }

    private BackendsWatcher Watch(Func<BackendsContext, BackendsContext>? change = null)
    {
        var context = new BackendsContext(_prober, Http2: false, TimeSpan.FromMilliseconds(200), _time, NullLogger.Instance);
        return _watcher = new BackendsWatcher(_throttle, change?.Invoke(context) ?? context);
    }

    private string Assigned() => string.Join(',', _throttle.View().Assigned.Select(pod => pod.Address));

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            return condition();
        },
        TimeSpan.FromSeconds(30));
}
