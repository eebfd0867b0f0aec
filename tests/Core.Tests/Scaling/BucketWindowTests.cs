using CsCheck;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

public class BucketWindowTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly GoDuration Second = GoDuration.FromSeconds(1);

    // Rows A1 to A5 of the behaviour table: one window through them all.
    [Fact]
    public void Average_FiveSecondWindow_FollowsTheBehaviourTable()
    {
        var window = Linear(5);
        window.Record(Start, 1);
        Assert.Equal(1, window.Average(Start));
        for (var second = 1; second <= 4; second++)
        {
            window.Record(Start.AddSeconds(second), second + 1);
        }

        Assert.Equal((3, 3), (window.Average(Start.AddSeconds(4)), window.Average(Start.AddSeconds(4.6))));
        Assert.Equal((4, 0), (window.Average(Start.AddSeconds(6)), window.Average(Start.AddSeconds(10))));
        window.Record(Start.AddSeconds(6), 91);
        Assert.Equal(20.6, window.Average(Start.AddSeconds(6)));
        window.Record(Start.AddSeconds(60), 1984);
        Assert.Equal(1984, window.Average(Start.AddSeconds(60)));
        window.Record(Start.AddSeconds(57), 4);
        Assert.Equal(497, window.Average(Start.AddSeconds(60)));
        window.Record(Start.AddSeconds(61), 5);
        Assert.Equal(398.6, window.Average(Start.AddSeconds(61)));
        window.Record(Start.AddSeconds(58), 10);
        Assert.Equal(400.6, window.Average(Start.AddSeconds(61)));
        window.Record(Start.AddSeconds(55), 1000);
        window.Record(Start.AddSeconds(56), 1000);
        Assert.Equal(400.6, window.Average(Start.AddSeconds(61)));
        window.Record(Start.AddSeconds(66), 10);
        Assert.Equal(10, window.Average(Start.AddSeconds(66)));
    }

    [Fact]
    public void Record_SeveralInOneSecond_AreSummed()
    {
        var window = Linear(5);

        window.Record(Start, 1);
        window.Record(Start.AddMilliseconds(900), 10);

        Assert.Equal(11, window.Average(Start));
    }

    [Fact]
    public void Record_OldestLast_CountsFromTheOldest()
    {
        var window = Linear(5);

        for (var second = 8; second >= 0; second--)
        {
            window.Record(Start.AddSeconds(second), 5);
        }

        Assert.Equal(5, window.Average(Start.AddSeconds(5)));
    }

    [Fact]
    public void IsEmpty_ExactlyOneWindowLater_IsFalseAndTheAverageZero()
    {
        var window = Linear(5);
        window.Record(Start, 7);

        Assert.Equal((false, true), (window.IsEmpty(Start.AddSeconds(5)), window.IsEmpty(Start.AddSeconds(6))));
        Assert.Equal(0, window.Average(Start.AddSeconds(5)));
    }

    [Fact]
    public void Average_OddGranularity_FillsTheLastBucketPartly()
    {
        var window = new BucketWindow(WindowAlgorithm.Linear, GoDuration.FromSeconds(5), GoDuration.FromSeconds(3));
        var slot = DateTimeOffset.FromUnixTimeSeconds(1_700_000_001);

        window.Record(slot, 2);
        window.Record(slot.AddSeconds(3), 4);

        Assert.Equal(3, window.Average(slot.AddSeconds(3)));
        Assert.Equal(BucketWindow.SmoothingFor(2), window.Smoothing);
    }

    [Fact]
    public void Resize_GrowAndShrink_KeepsTheNewestBuckets()
    {
        var window = Linear(5);
        foreach (var (second, value) in new[] { (0, 5.0), (1, 2), (2, 4), (3, 4), (4, 5) })
        {
            window.Record(Start.AddSeconds(second), value);
        }

        window.Resize(GoDuration.FromSeconds(10), Start.AddSeconds(4));
        Assert.Equal(4, window.Average(Start.AddSeconds(4)));
        window.Record(Start.AddSeconds(5), 7);
        Assert.Equal(4.5, window.Average(Start.AddSeconds(5)));
        window.Record(Start.AddSeconds(5), 2);
        window.Resize(GoDuration.FromSeconds(4), Start.AddSeconds(5));
        Assert.Equal(5.5, window.Average(Start.AddSeconds(5)));
    }

    [Fact]
    public void Resize_StaleData_EmptiesTheWindow()
    {
        var window = Linear(5);
        window.Record(Start, 7);

        window.Resize(GoDuration.FromSeconds(6), Start.AddSeconds(20));

        Assert.True(window.IsEmpty(Start.AddSeconds(20)));
        window.Record(Start.AddSeconds(20), 3);
        Assert.Equal(3, window.Average(Start.AddSeconds(20)));
    }

    [Fact]
    public void Average_Weighted_DecaysWithEverySecond()
    {
        var window = new BucketWindow(WindowAlgorithm.WeightedExponential, GoDuration.FromSeconds(5), Second);
        var weight = window.Smoothing;

        window.Record(Start, 2);

        Assert.Equal(2 * weight, window.Average(Start));
        Assert.Equal(2 * weight * (1 - weight), window.Average(Start.AddSeconds(1)));
        window.Record(Start.AddSeconds(1), 2);
        Assert.Equal((2 * weight) + (2 * weight * (1 - weight)), window.Average(Start.AddSeconds(1)), 12);
    }

    [Theory]
    [InlineData(100, 0.2)]
    [InlineData(60, 0.2)]
    [InlineData(40, 0.205672)]
    [InlineData(6, 0.784557)]
    public void SmoothingFor_Buckets_IsUpstreams(int buckets, double expected) => Assert.Equal(expected, BucketWindow.SmoothingFor(buckets), 6);

    [Fact]
    public void DelayWindow_FiveSlots_HoldsTheMaximum()
    {
        var window = new DelayWindow(GoDuration.FromSeconds(5), Second);
        var maxima = new[] { 5, 8, 5, 7, 5, 5, 1, 4, 4, 4, 4, 9 }.Select((value, second) =>
        {
            window.Record(Start.AddSeconds(second), value);
            return window.Current;
        });

        Assert.Equal([5, 8, 8, 8, 8, 8, 7, 7, 5, 5, 4, 9], maxima);
    }

    [Fact]
    public void DelayWindow_FallingValues_HoldsEachUntilItLeaves()
    {
        var window = new DelayWindow(GoDuration.FromSeconds(10), Second);
        var maxima = Enumerable.Range(0, 30).Select(second =>
        {
            window.Record(Start.AddSeconds(second), 100 - second);
            return window.Current;
        });

        Assert.Equal(Enumerable.Range(0, 30).Select(second => 100 - Math.Max(0, second - 9)), maxima);
    }

    [Fact]
    public void DelayWindow_ClockSetBack_HoldsItsValuesAsLongAsBefore()
    {
        var window = new DelayWindow(GoDuration.FromSeconds(10), Second);
        window.Record(Start.AddHours(1), 7);

        window.ShiftBack(TimeSpan.FromHours(1));
        window.Record(Start.AddSeconds(9), 1);
        var within = window.Current;
        window.Record(Start.AddSeconds(10), 1);

        Assert.Equal((7, 1), (within, window.Current));
    }

    // A window that someone wrote by hand need not be whole seconds.
    [Fact]
    public void IsEmpty_WindowWithFraction_IsReachedAfterItAndExceededAfterIt()
    {
        var window = new BucketWindow(WindowAlgorithm.Linear, new GoDuration(5_000_000_001), Second);
        window.Record(Start, 6);

        Assert.Equal((6, 0), (window.Average(Start.AddSeconds(5)), window.Average(Start.AddSeconds(6))));
        Assert.Equal((false, true), (window.IsEmpty(Start.AddSeconds(5)), window.IsEmpty(Start.AddSeconds(6))));
    }

    [Fact]
    public void Record_BeforeTheEpoch_IsAveragedAsAnywhere()
    {
        var window = Linear(5);
        var early = DateTimeOffset.UnixEpoch.AddSeconds(-3);

        window.Record(early, 4);
        window.Record(early.AddSeconds(4), 6);

        Assert.Equal(2, window.Average(early.AddSeconds(4)));
    }

    [Fact]
    public void RecordAndAverage_AnyTimes_AreNumbersAndAllocateNothing()
    {
        var windows = new[] { Linear(6), Linear(60), new BucketWindow(WindowAlgorithm.WeightedExponential, GoDuration.FromSeconds(60), Second) };
        Gen.Select(Gen.Int[-100, 100], Gen.Double[0, 1e6]).Array[1, 50].Sample(
            steps =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                foreach (var window in windows)
                {
                    foreach (var (second, value) in steps)
                    {
                        window.Record(Start.AddSeconds(second), value);
                        if (!double.IsFinite(window.Average(Start.AddSeconds(second + 1))))
                        {
                            throw new InvalidOperationException("no number");
                        }
                    }
                }

                Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            },
            threads: 1);
    }

    private static BucketWindow Linear(int seconds) => new(WindowAlgorithm.Linear, GoDuration.FromSeconds(seconds), Second);
}
