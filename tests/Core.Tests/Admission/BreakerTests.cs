using CsCheck;
using Knative.Xds.Core.Admission;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Admission;

public sealed class BreakerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ReserveAsync_FreePermit_AdmitsAtOnce()
    {
        var breaker = new Breaker(queueDepth: 1, maxConcurrency: 1, initialCapacity: 1);

        var admission = breaker.ReserveAsync(CancellationToken.None);

        Assert.True(admission.IsCompletedSuccessfully);
        Assert.NotNull(await admission);
        Assert.Equal((1, 0), (breaker.InFlight, breaker.Waiting));
    }

    [Fact]
    public async Task ReserveAsync_QueueFull_IsRefusedAsNull()
    {
        var breaker = new Breaker(queueDepth: 1, maxConcurrency: 1, initialCapacity: 1);
        var running = await breaker.ReserveAsync(CancellationToken.None);
        var waiting = breaker.ReserveAsync(CancellationToken.None).AsTask();

        var refused = await breaker.ReserveAsync(CancellationToken.None);

        Assert.Null(refused);
        Assert.False(waiting.IsCompleted);
        Assert.Equal((2, 1), (breaker.InFlight, breaker.Waiting));
        running!.Value.Dispose();
        Assert.NotNull(await waiting.Within(Limit));
    }

    [Fact]
    public async Task ReserveAsync_SeveralWaiting_AreAdmittedInOrderOfArrival()
    {
        var breaker = new Breaker(queueDepth: 10, maxConcurrency: 1, initialCapacity: 1);
        var running = await breaker.ReserveAsync(CancellationToken.None);
        var waiting = Enumerable.Range(0, 4).Select(_ => breaker.ReserveAsync(CancellationToken.None).AsTask()).ToList();

        foreach (var next in waiting)
        {
            Assert.All(waiting.SkipWhile(task => task != next), task => Assert.False(task.IsCompleted));
            running!.Value.Dispose();
            running = await next.Within(Limit);
        }

        Assert.Equal(0, breaker.Waiting);
    }

    [Fact]
    public async Task ReserveAsync_CancelledWhileWaiting_LeavesTheQueueAndThrows()
    {
        using var cancellation = new CancellationTokenSource();
        var breaker = new Breaker(queueDepth: 1, maxConcurrency: 1, initialCapacity: 1);
        var running = await breaker.ReserveAsync(CancellationToken.None);
        var waiting = breaker.ReserveAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within(Limit));
        Assert.Equal((1, 0), (breaker.InFlight, breaker.Waiting));
        running!.Value.Dispose();
        Assert.True(breaker.TryReserve(out _));
    }

    [Fact]
    public async Task ReserveAsync_CancelledTokenButFreePermit_Admits()
    {
        var breaker = new Breaker(queueDepth: 1, maxConcurrency: 1, initialCapacity: 1);

        var lease = await breaker.ReserveAsync(new CancellationToken(canceled: true));

        Assert.NotNull(lease);
    }

    [Fact]
    public async Task UpdateConcurrency_Raised_AdmitsThatManyWaiters()
    {
        var breaker = new Breaker(queueDepth: 10, maxConcurrency: 10, initialCapacity: 0);
        var waiting = Enumerable.Range(0, 5).Select(_ => breaker.ReserveAsync(CancellationToken.None).AsTask()).ToList();

        breaker.UpdateConcurrency(3);

        await Task.WhenAll(waiting.Take(3)).Within(Limit);
        Assert.Equal((5, 2, 3), (breaker.InFlight, breaker.Waiting, breaker.Capacity));
    }

    [Fact]
    public async Task UpdateConcurrency_LoweredBelowRunning_AdmitsNobodyUntilBelowTheNewCapacity()
    {
        var breaker = new Breaker(queueDepth: 10, maxConcurrency: 2, initialCapacity: 2);
        var first = await breaker.ReserveAsync(CancellationToken.None);
        var second = await breaker.ReserveAsync(CancellationToken.None);
        var waiting = breaker.ReserveAsync(CancellationToken.None).AsTask();
        breaker.UpdateConcurrency(1);

        first!.Value.Dispose();

        Assert.Equal((2, 1), (breaker.InFlight, breaker.Waiting));
        second!.Value.Dispose();
        Assert.NotNull(await waiting.Within(Limit));
    }

    [Fact]
    public async Task TryReserve_OthersWait_IsRefused()
    {
        var breaker = new Breaker(queueDepth: 1, maxConcurrency: 1, initialCapacity: 1);
        await breaker.ReserveAsync(CancellationToken.None);

        Assert.False(breaker.TryReserve(out _));
    }

    [Fact]
    public async Task Infinite_ClosedThenOpened_AdmitsEverybody()
    {
        var breaker = Breaker.CreateInfinite();
        var waiting = Enumerable.Range(0, 1000).Select(_ => breaker.ReserveAsync(CancellationToken.None).AsTask()).ToList();
        Assert.Equal((0, 1000), (breaker.Capacity, breaker.Waiting));

        breaker.UpdateConcurrency(7);

        Assert.All(await Task.WhenAll(waiting).Within(Limit), lease => Assert.NotNull(lease));
        Assert.Equal((1, 1000), (breaker.Capacity, breaker.InFlight));
    }

    [Fact]
    public async Task Infinite_ClosedAgain_LetsRunningFinishAndHoldsNewcomers()
    {
        var breaker = Breaker.CreateInfinite();
        breaker.UpdateConcurrency(1);
        var running = await breaker.ReserveAsync(CancellationToken.None);

        breaker.UpdateConcurrency(0);
        var waiting = breaker.ReserveAsync(CancellationToken.None).AsTask();
        running!.Value.Dispose();

        Assert.Equal((1, 1), (breaker.InFlight, breaker.Waiting));
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public Task Tokens_UnderParallelUse_AreConserved() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 8], Gen.Int[0, 2_000_000_000]).SampleAsync(
            (capacity, queueDepth, seed) => UseInParallelAsync(capacity, queueDepth, seed).Within(Limit),
            iter: 50);

    private static async Task UseInParallelAsync(int capacity, int queueDepth, int seed)
    {
        var breaker = new Breaker(queueDepth, maxConcurrency: 8, capacity);
        var running = 0;
        var workers = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed + worker);
            for (var turn = 0; turn < 200; turn++)
            {
                await TakeTurnAsync(breaker, random, () => Assert.InRange(Interlocked.Increment(ref running), 1, 8), () => Interlocked.Decrement(ref running));
            }
        }));
        await Task.WhenAll(workers);

        breaker.UpdateConcurrency(8);
        Assert.Equal((0, 0), (breaker.InFlight, breaker.Waiting));
        Assert.All(Enumerable.Range(0, 8), _ => Assert.True(breaker.TryReserve(out BreakerLease _)));
        Assert.False(breaker.TryReserve(out _));
    }

    private static async Task TakeTurnAsync(Breaker breaker, Random random, Action entered, Action left)
    {
        if (random.Next(10) == 0)
            breaker.UpdateConcurrency(random.Next(1, 9));
        using var cancellation = new CancellationTokenSource();
        var admission = breaker.ReserveAsync(cancellation.Token);
        if (random.Next(4) == 0)
            await cancellation.CancelAsync();
        try
        {
            if (await admission is not { } lease)
                return;
            entered();
            await Task.Yield();
            left();
            lease.Dispose();
        }
        catch (OperationCanceledException)
        {
            // A cancelled waiter holds nothing; the caller counts the permits at the end.
        }
    }
}
