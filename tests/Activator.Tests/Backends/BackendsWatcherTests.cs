using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Backends;

public sealed class BackendsWatcherTests : IDisposable
{
    private const string Pod = "10.0.0.1:8012";
    private readonly FakeProber _prober = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RevisionThrottle _throttle = new(new ThrottleOptions(0, "", 10), new WaitingBudget(10));
    private readonly BackendsWatcher _watcher;

    public BackendsWatcherTests() =>
        _watcher = new BackendsWatcher(_throttle, new BackendsContext(_prober, Http2: false, TimeSpan.FromMilliseconds(200), _time, NullLogger.Instance));

    public void Dispose() => _watcher.Dispose();

    [Fact]
    public async Task Update_NotReadyPodThatAnswers_IsUsed()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);

        _watcher.Update([], [Pod]);

        await Eventually.TrueAsync(() => _throttle.Backends == 1);
    }

    [Fact]
    public async Task Update_ReadyPodThatDoesNotAnswer_IsProbedUntilItDoes()
    {
        _watcher.Update([Pod], []);
        await Eventually.TrueAsync(() => _prober.Count(Pod) == 1);
        Assert.Equal(0, _throttle.Backends);

        _prober.Answer(Pod, ProbeOutcome.Ready);
        await AdvanceUntilAsync(() => _throttle.Backends == 1);

        Assert.True(_prober.Count(Pod) > 1);
    }

    [Fact]
    public async Task Update_ReadyPodTurnsNotReady_IsDroppedAtOnceAndProbedAgain()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        _watcher.Update([Pod], []);
        await Eventually.TrueAsync(() => _throttle.Backends == 1);
        _prober.Answer(Pod, ProbeOutcome.NotReady);

        _watcher.Update([], [Pod]);

        Assert.Equal(0, _throttle.Backends);
        await Eventually.TrueAsync(() => _prober.Count(Pod) == 2);
    }

    [Fact]
    public async Task Update_HealthyPodStaysReady_IsNotProbedAgain()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        _watcher.Update([], [Pod]);
        await Eventually.TrueAsync(() => _throttle.Backends == 1);

        _watcher.Update([Pod], []);

        Assert.Equal((1, 1), (_throttle.Backends, _prober.Count(Pod)));
    }

    [Fact]
    public async Task Update_AllGone_EmptiesTheThrottle()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        _watcher.Update([Pod], []);
        await Eventually.TrueAsync(() => _throttle.Backends == 1);

        _watcher.Update([], []);

        Assert.Equal(0, _throttle.Backends);
    }

    [Fact]
    public async Task Waiting_RequestArrivesDuringAPause_ProbesAtOnce()
    {
        _watcher.Update([], [Pod]);
        await Eventually.TrueAsync(() => _prober.Count(Pod) == 1);
        _prober.Answer(Pod, ProbeOutcome.Ready);

        // The clock stands still: only the request can end the pause.
        using var lease = await _throttle.AcquireAsync(TestContext.Current.CancellationToken).AsTask().Within(TimeSpan.FromSeconds(10));

        Assert.Equal(Pod, lease?.Address);
    }

    [Fact]
    public async Task ReportUnreachable_HealthyPod_GetsNoRequestBeforeANewProbe()
    {
        _prober.Answer(Pod, ProbeOutcome.Ready);
        _watcher.Update([Pod], []);
        await Eventually.TrueAsync(() => _throttle.Backends == 1);
        _prober.Answer(Pod, ProbeOutcome.Unreachable);

        _watcher.ReportUnreachable(Pod);

        Assert.Equal(0, _throttle.Backends);
        _prober.Answer(Pod, ProbeOutcome.Ready);
        await AdvanceUntilAsync(() => _throttle.Backends == 1);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(200));
        return condition();
    });
}
