using k8s;
using k8s.Models;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Watching;

/// <summary>The objects of a query, from an API.</summary>
internal sealed class KubeObjectSource<T>(KubeClient client, ObjectQuery query) : IObjectSource<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    public Task<ObjectPage<T>> ListAsync(string? continueToken, CancellationToken cancellationToken) => client.ListAsync<T>(query, continueToken, cancellationToken);

    public IAsyncEnumerable<ObjectEvent<T>> WatchAsync(string resourceVersion, CancellationToken cancellationToken) =>
        client.WatchAsync<T>(query, resourceVersion, cancellationToken);
}
