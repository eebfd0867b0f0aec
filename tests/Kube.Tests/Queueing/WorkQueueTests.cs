using CsCheck;
using Knative.Xds.Kube.Queueing;
using Knative.Xds.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Kube.Tests.Queueing;

public sealed class WorkQueueTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<string>(_time, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(40));

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Add_SameKeyTwice_HandedOutOnce()
    {
        _queue.Add("a");
        _queue.Add("a");
        _queue.Add("b");
        Assert.Equal("a", await TakeAsync());
        Assert.Equal("b", await TakeAsync());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task Add_WhileWorkedOn_DueAgainOnceAfterDone()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Count);
        _queue.Done("a");
        Assert.Equal(1, _queue.Count);
        await TakeAsync();
        _queue.Done("a");
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void AddAfter_EarlierAdditionWaits_LaterOneChangesNothing()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.Equal(0, _queue.Count);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public async Task AddAfter_EarlierInstantComesLater_WinsAndIsHandedOutOnce()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("a", await TakeAsync());
        _queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void AddRateLimited_Repeated_DelayDoublesUpToTheMaximumAndForgetResets()
    {
        Assert.Equal([5, 10, 20, 40, 40], Enumerable.Range(0, 5).Select(_ => MeasureRateLimited()));
        Assert.Equal(5, _queue.Failures("a"));
        _queue.Forget("a");
        Assert.Equal(5, MeasureRateLimited());
    }

    [Fact]
    public async Task TakeAsync_Cancelled_LosesNoKey()
    {
        using var stop = new CancellationTokenSource();
        var waiting = _queue.TakeAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within(Limit));
        _queue.Add("a");
        Assert.Equal("a", await TakeAsync());
    }

    // The model: a key is due when it was added and not taken since; it can be taken only when nobody works on it.
    [Fact]
    public void AnySequence_OfAddTakeDone_MatchesTheModel() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3]).Array[0, 60].Sample(steps =>
    {
        using var queue = new WorkQueue<int>(_time, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1));
        var (due, working) = (new HashSet<int>(), new HashSet<int>());
        foreach (var (step, key) in steps)
        {
            if (step == 0)
            {
                queue.Add(key);
                due.Add(key);
            }
            else if (step == 1 && due.Except(working).Any())
            {
                var taken = queue.TakeAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
                Assert.True(working.Add(taken));
                Assert.True(due.Remove(taken));
            }
            else if (step == 2)
            {
                queue.Done(key);
                working.Remove(key);
            }

            Assert.Equal(due.Except(working).Count(), queue.Count);
        }
    });

    private async Task<string> TakeAsync() => await _queue.TakeAsync(CancellationToken.None).AsTask().Within(Limit);

    private int MeasureRateLimited()
    {
        _queue.AddRateLimited("a");
        for (var milliseconds = 1; ; milliseconds++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            if (_queue.Count == 1)
            {
                Assert.Equal("a", _queue.TakeAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult());
                _queue.Done("a");
                return milliseconds;
            }
        }
    }
}
