using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Queueing;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Works through a queue of keys, one after the other; one that fails is tried again after its back-off and holds nobody up.</summary>
internal sealed class ReconcileLoop(string controller, Func<ObjectKey, CancellationToken, Task> reconcile, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly WorkQueue<ObjectKey> _queue = new(time, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(30));

    public void Add(ObjectKey key) => _queue.Add(key);

    public void AddAfter(ObjectKey key, TimeSpan delay) => _queue.AddAfter(key, delay);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await _queue.TakeAsync(cancellationToken);
            try
            {
                await reconcile(key, cancellationToken);
                _queue.Forget(key);
            }
            catch (KubeException refusal) when (refusal.IsConflict || refusal.IsNotFound)
            {
                // Somebody else was faster: look again at what is there now.
                _queue.AddRateLimited(key);
            }
            catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException or IOException)
            {
                logger.NotReconciled(controller, key.ToString(), error.Message);
                _queue.AddRateLimited(key);
            }
            catch (Exception error) when (!(error is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                logger.ReconcileFailed(error, controller, key.ToString());
                _queue.AddRateLimited(key);
            }
            finally
            {
                _queue.Done(key);
            }
        }
    }

    public void Dispose() => _queue.Dispose();
}
