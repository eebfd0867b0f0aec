using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Core.Admission;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Throttling;

/// <summary>Upstream's rows on capacity and on each activator's share.</summary>
public sealed class ThrottleRowTests
{
    private const string Own = "10.9.0.1";
    private const string ClusterIp = "10.96.0.1:80";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1, 1, 10)]
    [InlineData(10, 1, 100)]
    [InlineData(10, 5, 20)]
    [InlineData(10, 200, 1)]
    [InlineData(0, 1, 0)]
    public void B1_ClusterIp_CapacityIsTheActivatorsShareOfAllBackends(int backends, int activators, int capacity)
    {
        var throttle = Throttle(10);
        throttle.UpdateActivators(Activators(activators));

        throttle.UpdateBackends(Pods(backends), ClusterIp);

        Assert.Equal(capacity, throttle.Capacity);
    }

    [Theory]
    [InlineData(2, 1, 0, 20)]
    [InlineData(2, 2, 0, 10)]
    [InlineData(3, 2, 0, 20)]
    [InlineData(3, 2, 1, 10)]
    public void B2_Pods_CapacityIsThatOfTheAssignedOnes(int pods, int activators, int index, int capacity) =>
        Assert.Equal(capacity, Share(10, pods, activators, index).Capacity);

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 2)]
    public void B3_FivePodsTwoActivators_ShareThem(int index, int capacity) => Assert.Equal(capacity, Share(1, 5, 2, index).Capacity);

    [Fact]
    public void B4_Unlimited_IsOpenWithBackendsAndClosedWithout()
    {
        var throttle = Throttle(0);
        Assert.Equal(0, throttle.Capacity);

        throttle.UpdateBackends(Pods(3), null);
        Assert.Equal(1, throttle.Capacity);
        throttle.UpdateBackends([], null);

        Assert.Equal(0, throttle.Capacity);
    }

    [Fact]
    public void B5_SixPodsFourActivators_TheFirstHasPodsZeroAndFour()
    {
        var view = Share(42, 6, 4, 0).View();

        Assert.Equal(["10.0.0.100:8012", "10.0.0.104:8012"], view.Assigned.Select(pod => pod.Address));
        Assert.Equal(84, view.Capacity);
    }

    [Theory]
    [InlineData(2, 3, 2, 0, 1)]
    [InlineData(10, 3, 1, 3, 3)]
    [InlineData(150, 5, 4, 120, 30)]
    public void B6_PodsAndActivators_GiveASlice(int pods, int activators, int index, int first, int count) =>
        Assert.Equal(Enumerable.Range(first, count), PodAssignment.Share([.. Enumerable.Range(0, pods)], index, activators));

    [Fact]
    public void B7_OwnAddressIsMissing_IndexAndCountStay()
    {
        var throttle = Share(1, 4, 2, 1);

        throttle.UpdateActivators(["10.9.9.9"]);

        Assert.Equal((1, 2), (throttle.View().ActivatorIndex, throttle.View().ActivatorCount));
    }

    [Theory]
    [InlineData(3, new[] { "10.0.0.100:8012", "10.0.0.100:8012", "10.0.0.100:8012" })]
    [InlineData(5, new[] { "10.0.0.100:8012", "10.0.0.101:8012", "10.0.0.102:8012" })]
    public async Task B8_ThreeHeldRequests_FollowThePolicyOfTheLimit(int containerConcurrency, string[] expected)
    {
        var throttle = Throttle(containerConcurrency);
        throttle.UpdateBackends(Pods(3), null);

        var leases = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            leases.Add((await throttle.AcquireAsync(CancellationToken.None))!.Address);
        }

        Assert.Equal(expected, leases);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task B9_CapacityZeroThenAPod_ServesWhoWaited(int containerConcurrency)
    {
        var throttle = Throttle(containerConcurrency);
        var waiting = throttle.AcquireAsync(CancellationToken.None).AsTask();
        Assert.Equal((0, 1), (throttle.Capacity, throttle.Waiting));

        throttle.UpdateBackends(Pods(1), null);

        Assert.Equal("10.0.0.100:8012", (await waiting.Within(Limit))!.Address);
    }

    [Fact]
    public async Task Dispose_WhileARequestWaits_SendsItAwayAndTakesNoOther()
    {
        var throttle = Throttle(0);
        var waiting = throttle.AcquireAsync(CancellationToken.None).AsTask();

        throttle.Dispose();

        Assert.Null(await waiting.Within(Limit));
        Assert.Null(await throttle.AcquireAsync(CancellationToken.None));
        Assert.Equal((true, 0), (throttle.IsClosed, throttle.Waiting));
    }

    private static RevisionThrottle Share(int containerConcurrency, int pods, int activators, int index)
    {
        var throttle = Throttle(containerConcurrency);
        var addresses = Enumerable.Range(0, activators).Select(i => i < index ? $"10.0.0.{i}" : i == index ? Own : $"10.99.0.{i}");
        throttle.UpdateActivators([.. addresses]);
        throttle.UpdateBackends(Pods(pods), null);
        return throttle;
    }

    private static RevisionThrottle Throttle(int containerConcurrency) => new(new ThrottleOptions(containerConcurrency, Own, 1000), new WaitingBudget(1000));

    private static ImmutableArray<string> Activators(int count) =>
        [Own, .. Enumerable.Range(1, count - 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"10.10.{i / 250}.{i % 250}"))];

    private static ImmutableArray<string> Pods(int count) => [.. Enumerable.Range(100, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"10.0.0.{i}:8012"))];
}
