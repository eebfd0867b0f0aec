using k8s;
using k8s.Models;
using Knative.Xds.Kube.Leases;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Kube.Tests.Leases;

public sealed class LeaseElectorTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryLeaseStore _store = new();

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Theory]
    [InlineData(null, 0, "Create")]
    [InlineData("me", 100, "Renew")]
    [InlineData("", 0, "Take")]
    [InlineData("other", 15, "Wait")]
    [InlineData("other", 16, "Take")]
    public void Decide_LeaseOfAge_GivesTheStep(string? holder, int age, string step)
    {
        var lease = holder is null ? null : new ObservedLease(holder, TimeSpan.FromSeconds(15), "1", TimeSpan.FromSeconds(1000));
        Assert.Equal(step, ObservedLease.Decide(lease, "me", TimeSpan.FromSeconds(1000 + age)).ToString());
    }

    [Fact]
    public void Observe_SameVersion_KeepsItsAgeAndANewOneIsFresh()
    {
        var first = ObservedLease.Observe(null, "other", TimeSpan.Zero, "1", TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), ObservedLease.Observe(first, "other", TimeSpan.Zero, "1", TimeSpan.FromSeconds(9)).SeenAt);
        Assert.Equal(TimeSpan.FromSeconds(9), ObservedLease.Observe(first, "other", TimeSpan.Zero, "2", TimeSpan.FromSeconds(9)).SeenAt);
    }

    [Fact]
    public async Task Run_TwoCandidates_OneLeadsAndTheOtherFollowsWhenItStops()
    {
        using var stopFirst = new CancellationTokenSource();
        var (first, second) = (Elector("first"), Elector("second"));
        var running = first.RunAsync(stopFirst.Token);
        await Eventually.TrueAsync(() => first.IsLeader, Limit);
        _ = second.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => second.Holder == "first", Limit);
        Assert.False(second.IsLeader);

        await stopFirst.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Within(Limit));
        Assert.False(first.IsLeader);
        Assert.Equal("", _store.Spec!.HolderIdentity);
        await AdvanceUntilAsync(() => second.IsLeader);
        Assert.Equal(("second", 1), (_store.Spec!.HolderIdentity, _store.Spec.LeaseTransitions));
    }

    [Fact]
    public async Task Run_LongLife_RenewsAndStaysLeader()
    {
        var elector = Elector("me");
        var changes = new List<bool>();
        elector.OnChange(changes.Add);
        _ = elector.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => elector.IsLeader, Limit);
        var acquired = _store.Spec!.AcquireTime;
        var renewed = _store.Spec.RenewTime;
        for (var i = 0; i < 10; i++)
        {
            var before = _store.Spec.RenewTime;
            await AdvanceUntilAsync(() => _store.Spec.RenewTime > before);
        }

        Assert.True(elector.IsLeader);
        Assert.True(_store.Spec.RenewTime > renewed);
        Assert.Equal(acquired, _store.Spec.AcquireTime);
        Assert.Equal([true], changes);
    }

    [Fact]
    public async Task Run_LeaderCutOff_GivesUpBeforeTheLeaseRunsOut()
    {
        var elector = Elector("me");
        var demoted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        elector.OnChange(leads =>
        {
            if (!leads)
            {
                demoted.TrySetResult();
            }
        });
        _ = elector.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => elector.IsLeader, Limit);
        _store.CutOff = true;
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(elector.IsLeader);
        await AdvanceUntilAsync(() => demoted.Task.IsCompleted);
        _store.CutOff = false;
        await AdvanceUntilAsync(() => elector.IsLeader);
    }

    [Fact]
    public async Task Run_HolderVanished_TakenOverOnlyAfterItsDuration()
    {
        await _store.CreateAsync(new V1LeaseSpec { HolderIdentity = "gone", LeaseDurationSeconds = 15 }, CancellationToken.None);
        var elector = Elector("me");
        _ = elector.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => elector.Holder == "gone", Limit);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("gone", _store.Spec!.HolderIdentity);
        await AdvanceUntilAsync(() => elector.IsLeader);
    }

    [Fact]
    public void Elector_DeadlineNotShorterThanDuration_Refused() =>
        Assert.Throws<ArgumentException>(() => new LeaseElector(_store, "l", "me", new LeaseTimings(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1)), _time, NullLogger.Instance));

    [Fact]
    public void MicroTime_WholeSecond_IsWrittenWithAFraction()
    {
        var lease = new V1LeaseSpec { RenewTime = MicroTime.Of(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) };
        Assert.Contains("2026-01-02T03:04:05.000001Z", KubernetesJson.Serialize(lease), StringComparison.Ordinal);
    }

    private LeaseElector Elector(string identity) => new(_store, "lease", identity, LeaseTimings.Default, _time, NullLogger.Instance);

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(
        () =>
        {
            if (!condition())
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
            }

            return condition();
        },
        Limit);
}
