using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Tests.Explaining;

public class DecisionLogTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly DeciderSpec Spec = new() { TargetValue = 7 };

    [Fact]
    public void Add_MoreThanItKeeps_ForgetsTheOldest()
    {
        var log = new DecisionLog();

        for (var i = 0; i < 100; i++)
        {
            log.Add(Start.AddSeconds(i), Spec, new ScaleDecision { Valid = true, Desired = i }, default);
        }

        var records = log.ToList();
        Assert.Equal(DecisionLog.Capacity, records.Count);
        Assert.Equal(Enumerable.Range(100 - DecisionLog.Capacity, DecisionLog.Capacity).Reverse(), records.Select(record => record.Decision.Desired));
    }

    [Fact]
    public void Add_TheSameAgain_IsCounted()
    {
        var log = new DecisionLog();
        var state = new ScaleState(Start, 3, null) { HeldUntil = Start.AddSeconds(60) };

        for (var i = 0; i < 5; i++)
        {
            log.Add(Start.AddSeconds(2 * i), Spec, new ScaleDecision { Valid = true, Desired = 3 }, state);
        }

        log.Add(Start.AddSeconds(10), Spec with { TargetValue = 8 }, new ScaleDecision { Valid = true, Desired = 3 }, default);
        var records = log.ToList();
        Assert.Equal([(Start.AddSeconds(10), Start.AddSeconds(10), 1), (Start, Start.AddSeconds(8), 5)], records.Select(record => (record.First, record.Last, record.Times)));
        Assert.Equal((Start, Start.AddSeconds(60)), (records[1].After.PanicTime, records[1].After.HeldUntil));
        Assert.Null(records[0].After.PanicTime);
    }

    [Fact]
    public void Add_OnceItIsFull_AllocatesNothing()
    {
        var log = new DecisionLog();
        for (var i = 0; i < 2 * DecisionLog.Capacity; i++)
        {
            log.Add(Start, Spec, new ScaleDecision { Desired = i }, default);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            log.Add(Start, Spec, new ScaleDecision { Desired = i }, default);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
