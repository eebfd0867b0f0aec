using System.Collections.Concurrent;
using Knative.Xds.Kube.Queueing;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Kube.Tests.Queueing;

public sealed class WorkQueueRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RunAsync_WorkFailsOnce_TriedAgainAfterItsBackoffAndForgotten()
    {
        using var stop = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        using var queue = new WorkQueue<string>(time, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1));
        var tries = new ConcurrentDictionary<string, int>();
        queue.Add("bad");
        queue.Add("good");
        var run = queue.RunAsync(2, (key, _) => tries.AddOrUpdate(key, 1, (_, count) => count + 1) == 1 && key == "bad" ? throw new InvalidOperationException() : Task.CompletedTask, NullLogger.Instance, stop.Token);
        await Eventually.TrueAsync(() => tries.Count == 2 && queue.Failures("bad") == 1, Limit);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(5));
            return tries["bad"] == 2 && queue.Failures("bad") == 0;
        }, Limit);
        Assert.Equal(1, tries["good"]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within(Limit));
    }
}
