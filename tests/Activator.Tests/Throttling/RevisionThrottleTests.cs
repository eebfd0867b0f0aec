using Knative.Xds.Activation.Throttling;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Throttling;

public sealed class RevisionThrottleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Acquire_NoPods_WaitsUntilOneAppears()
    {
        var throttle = Throttle(containerConcurrency: 0);
        var waiting = throttle.AcquireAsync(CancellationToken.None).AsTask();
        Assert.Equal(1, throttle.Waiting);

        throttle.UpdateBackends(["10.0.0.1:8012"], null);
        using var lease = await waiting.Within(Limit);

        Assert.Equal("10.0.0.1:8012", lease?.Address);
        Assert.Equal((0, 1), (throttle.Waiting, throttle.InFlight));
    }

    [Fact]
    public async Task Acquire_AllPodsGone_WaitsAgain()
    {
        var throttle = Throttle(containerConcurrency: 0);
        throttle.UpdateBackends(["10.0.0.1:8012"], null);
        throttle.UpdateBackends([], null);

        _ = throttle.AcquireAsync(CancellationToken.None).AsTask();

        Assert.Equal(1, throttle.Waiting);
    }

    [Fact]
    public async Task Acquire_OneSlotPerPod_WaitsForASlotInOrder()
    {
        var throttle = Throttle(containerConcurrency: 1);
        throttle.UpdateBackends(["10.0.0.1:8012", "10.0.0.2:8012"], null);
        var first = await throttle.AcquireAsync(CancellationToken.None);
        var second = await throttle.AcquireAsync(CancellationToken.None);
        var third = throttle.AcquireAsync(CancellationToken.None).AsTask();
        var fourth = throttle.AcquireAsync(CancellationToken.None).AsTask();
        Assert.Equal(("10.0.0.1:8012", "10.0.0.2:8012", 2), (first!.Address, second!.Address, throttle.Waiting));

        second.Dispose();

        Assert.Equal("10.0.0.2:8012", (await third.Within(Limit))!.Address);
        Assert.False(fourth.IsCompleted);
    }

    [Fact]
    public async Task Acquire_TokenFires_LeavesTheQueue()
    {
        var throttle = Throttle(containerConcurrency: 0);
        using var client = new CancellationTokenSource();
        var waiting = throttle.AcquireAsync(client.Token).AsTask();

        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, throttle.Waiting);
    }

    [Theory]
    [InlineData(2, 100)]
    [InlineData(100, 2)]
    public async Task Acquire_TooManyWaiting_IsNull(int ofRevision, int ofAll)
    {
        var throttle = new RevisionThrottle(new ThrottleOptions(0, "", ofRevision), new WaitingBudget(ofAll));
        _ = throttle.AcquireAsync(CancellationToken.None).AsTask();
        _ = throttle.AcquireAsync(CancellationToken.None).AsTask();

        Assert.Null(await throttle.AcquireAsync(CancellationToken.None));
        Assert.Equal(2, throttle.Waiting);
    }

    [Theory]
    [InlineData(3, new[] { "a:1", "a:1", "a:1" })]
    [InlineData(5, new[] { "a:1", "b:1", "c:1" })]
    public async Task Acquire_ThreeHeldRequests_FollowThePolicy(int containerConcurrency, string[] expected)
    {
        var throttle = Throttle(containerConcurrency);
        throttle.UpdateBackends(["c:1", "a:1", "b:1"], null);

        PodLease?[] leases = [await throttle.AcquireAsync(CancellationToken.None), await throttle.AcquireAsync(CancellationToken.None), await throttle.AcquireAsync(CancellationToken.None)];

        Assert.Equal(expected, leases.Select(lease => lease!.Address));
    }

    private static RevisionThrottle Throttle(int containerConcurrency) => new(new ThrottleOptions(containerConcurrency, "10.9.0.1", 1000), new WaitingBudget(1000));
}
