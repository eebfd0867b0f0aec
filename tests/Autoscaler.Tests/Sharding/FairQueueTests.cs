using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

public class FairQueueTests
{
    [Fact]
    public void Add_OneSourceFloods_LosesItsOwnOldestAlone()
    {
        var queue = new FairQueue(10);
        Assert.All(Enumerable.Range(0, 3), number => Assert.True(queue.Add("calm", Message(number))));

        var dropped = Enumerable.Range(100, 50).Count(number => !queue.Add("flood", Message(number)));

        Assert.Equal((43, 10), (dropped, queue.Count));
        Assert.Equal([0, 143, 1, 144, 2, 145, 146, 147, 148, 149], TakeAll(queue));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void TryTake_SeveralSources_AreServedInTurn()
    {
        var queue = new FairQueue(100);
        foreach (var number in Enumerable.Range(0, 3))
        {
            queue.Add("a", Message(number));
        }

        queue.Add("b", Message(10));
        Assert.True(queue.TryTake(out var first));
        queue.Add("c", Message(20));

        Assert.Equal(0, first.Stat.RequestCount);
        Assert.Equal([10, 1, 20, 2], TakeAll(queue));
    }

    [Fact]
    public async Task WaitAsync_UntilThereIsAny_Waits()
    {
        var queue = new FairQueue(1);
        var waiting = queue.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);

        queue.Add("a", Message(1));

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static int[] TakeAll(FairQueue queue)
    {
        var taken = new List<int>();
        while (queue.TryTake(out var message))
        {
            taken.Add((int)message.Stat.RequestCount);
        }

        return [.. taken];
    }

    private static StatMessage Message(int number) => new(new ObjectKey("default", "hello"), new Stat { RequestCount = number });
}
