using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Queueing;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>A work queue and the workers that reconcile its keys; a failure comes back with growing delay.</summary>
/// <remarks>Source: knative/pkg controller/controller.go (back-off 5 ms … 1000 s, 30 s per reconcile). More workers than upstream's two, so that a slow API call of one revision never delays another's wake-up.</remarks>
internal sealed class WorkLoop(string kind, Func<ObjectKey, IKubernetesObject<V1ObjectMeta>?> find, Reports reports, TimeProvider time, ILogger logger) : IDisposable
{
    private const int Workers = 8;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public WorkQueue<ObjectKey> Queue { get; } = new(time, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1000));

    public Task RunAsync(Func<ObjectKey, CancellationToken, Task> reconcile, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(() => WorkAsync(reconcile, cancellationToken), cancellationToken)));

    public void Dispose() => Queue.Dispose();

    private async Task WorkAsync(Func<ObjectKey, CancellationToken, Task> reconcile, CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await Queue.TakeAsync(cancellationToken);
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                await reconcile(key, either.Token);
                Queue.Forget(key);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Report(key, exception);
                Queue.AddRateLimited(key);
            }
            finally
            {
                Queue.Done(key);
            }
        }
    }

    private void Report(ObjectKey key, Exception exception)
    {
        if (exception is KubeException { IsConflict: true })
        {
            // Our copy is behind: the next try sees the newer object.
            AutoscalerLog.ReconcileConflict(logger, kind, key, exception.Message);
        }
        else
        {
            AutoscalerLog.ReconcileFailed(logger, kind, key, exception.Message);
            if (find(key) is { } found)
            {
                reports.InternalError(found, exception.Message);
            }
        }
    }
}
