using Knative.Xds.Kube.Client;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube.Queueing;

/// <summary>Workers over a <see cref="WorkQueue{TKey}"/>.</summary>
public static class WorkQueueRunner
{
    /// <summary>Works on keys with some workers until the token fires.</summary>
    /// <remarks>Errors: whatever <paramref name="work"/> throws puts its key back with backoff; conflicts with other writers do so in silence, as they are normal.
    /// The task ends with a cancellation.</remarks>
    public static Task RunAsync<TKey>(this WorkQueue<TKey> queue, int workers, Func<TKey, CancellationToken, Task> work, ILogger logger, CancellationToken cancellationToken) where TKey : notnull =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(queue, work, logger, cancellationToken)));

    private static async Task WorkAsync<TKey>(WorkQueue<TKey> queue, Func<TKey, CancellationToken, Task> work, ILogger logger, CancellationToken cancellationToken) where TKey : notnull
    {
        while (true)
        {
            var key = await queue.TakeAsync(cancellationToken);
            try
            {
                await work(key, cancellationToken);
                queue.Forget(key);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception error)
            {
                queue.AddRateLimited(key);
                if (error is not KubeException { IsConflict: true })
                {
                    KubeLog.WorkFailed(logger, key.ToString() ?? "", queue.Failures(key), error);
                }
            }
            finally
            {
                queue.Done(key);
            }
        }
    }
}
