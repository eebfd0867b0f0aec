using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

public class FairQueueTests
{
    private const long Plenty = long.MaxValue;

    [Fact]
    public void Add_OneSourceFloods_LosesItsOwnOldestAlone()
    {
        var queue = new FairQueue(10, Plenty);
        Assert.All(Enumerable.Range(0, 3), number => Assert.Equal(0, queue.Add("calm", Message(number))));

        var dropped = Enumerable.Range(100, 50).Sum(number => queue.Add("flood", Message(number)));

        Assert.Equal((43, 10), (dropped, queue.Count));
        Assert.Equal([0, 143, 1, 144, 2, 145, 146, 147, 148, 149], TakeAll(queue));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Add_LongNames_TakeTheRoomOfManyShortOnes()
    {
        // 180 bytes each, and one of 680.
        var queue = new FairQueue(1000, 10 * 180);
        Assert.Equal(0, Enumerable.Range(0, 10).Sum(number => queue.Add("calm", Message(number, "0123456789"))));

        Assert.Equal(4, queue.Add("calm", Message(10, new string('x', 260))));

        Assert.Equal([4, 5, 6, 7, 8, 9, 10], TakeAll(queue));
        Assert.Equal(0, queue.Add("calm", Message(11, new string('x', 10_000))));
        Assert.Equal([11], TakeAll(queue));
    }

    [Fact]
    public void TryTake_SeveralSources_AreServedInTurn()
    {
        var queue = new FairQueue(100, Plenty);
        foreach (var number in Enumerable.Range(0, 3))
        {
            queue.Add("a", Message(number));
        }

        queue.Add("b", Message(10));
        Assert.True(queue.TryTake(out var source, out var first));
        queue.Add("c", Message(20));

        Assert.Equal(("a", 0), (source, first.Stat.RequestCount));
        Assert.Equal([10, 1, 20, 2], TakeAll(queue));
    }

    [Fact]
    public async Task WaitAsync_UntilThereIsAny_Waits()
    {
        var queue = new FairQueue(1, Plenty);
        var waiting = queue.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);

        queue.Add("a", Message(1));

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static int[] TakeAll(FairQueue queue)
    {
        var taken = new List<int>();
        while (queue.TryTake(out _, out var message))
        {
            taken.Add((int)message.Stat.RequestCount);
        }

        return [.. taken];
    }

    private static StatMessage Message(int number, string name = "hello") => new(new ObjectKey("", name), new Stat { PodName = "", RequestCount = number });
}
