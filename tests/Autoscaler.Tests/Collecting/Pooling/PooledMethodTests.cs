using System.Runtime.CompilerServices;
using Knative.Xds.Autoscaler.Collecting.Pooling;

namespace Knative.Xds.Autoscaler.Tests.Collecting.Pooling;

public class PooledMethodTests
{
    [Fact]
    public async Task Await_WithoutWaiting_GivesTheResult() => Assert.Equal(7, await SumAsync(Task.FromResult(3), Task.FromResult(4)));

    [Fact]
    public async Task Await_WaitingTwice_GivesTheResultEachTime()
    {
        for (var i = 0; i < 100; i++)
        {
            var (first, second) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
            var sum = SumAsync(first.Task, second.Task);
            Assert.False(sum.IsCompleted);
            first.SetResult(i);
            second.SetResult(1);

            Assert.Equal(i + 1, await sum);
        }
    }

    [Fact]
    public async Task Await_ManyAtOnce_KeepsThemApart()
    {
        var sources = Enumerable.Range(0, 200).Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var sums = sources.Select(source => SumAsync(source.Task, Task.FromResult(1000)).AsTask()).ToArray();
        await Parallel.ForAsync(0, sources.Length, TestContext.Current.CancellationToken, (i, _) =>
        {
            sources[i].SetResult(i);
            return ValueTask.CompletedTask;
        });

        Assert.Equal(Enumerable.Range(1000, 200), await Task.WhenAll(sums));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Await_Exception_IsThrown(bool waits)
    {
        var source = new TaskCompletionSource<int>();
        if (!waits)
        {
            source.SetException(new InvalidOperationException("broken"));
        }

        var sum = SumAsync(source.Task, Task.FromResult(1));
        source.TrySetException(new InvalidOperationException("broken"));

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await sum)).Message);
        // The object that waited serves again.
        Assert.Equal(3, await SumAsync(Task.FromResult(1), Task.FromResult(2)));
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private static async ValueTask<int> SumAsync(Task<int> first, Task<int> second) => await first + await second;
}
