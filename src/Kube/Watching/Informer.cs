using k8s;
using k8s.Models;
using Knative.Xds.Kube.Client;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube.Watching;

/// <summary>Keeps a local copy of the objects of one kind: paged list, then watch; relist and diff after 410; backoff after errors.</summary>
/// <remarks>Threading: handlers run one at a time, in order, on the informer's own task; the store may be read from anywhere.</remarks>
public sealed class Informer<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Makes an informer; nothing is read before <see cref="RunAsync"/>.</summary>
    public Informer(KubeClient client, ObjectQuery query, TimeProvider time, ILogger logger) => throw new NotImplementedException();

    /// <summary>The local copy.</summary>
    public ObjectStore<T> Store => throw new NotImplementedException();

    /// <summary>Completes when the first full list is in the store and its handlers have run.</summary>
    public Task Synced => throw new NotImplementedException();

    /// <summary>Adds a handler; only before <see cref="RunAsync"/>.</summary>
    public void OnChange(Action<ObjectChange<T>> handler) => throw new NotImplementedException();

    /// <summary>Runs until the token fires. Never throws but for cancellation.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
