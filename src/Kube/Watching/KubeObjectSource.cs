using k8s;
using k8s.Models;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Watching;

/// <summary>The objects of a query, from an API.</summary>
/// <remarks>The next page of a list is on its way while one is read: otherwise the API and we would wait for each other. Not thread-safe: its informer's.</remarks>
internal sealed class KubeObjectSource<T>(KubeClient client, ObjectQuery query) : IObjectSource<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private (string Token, Task<byte[]> Page)? _ahead;

    public async Task<ObjectPage<T>> ListAsync(string? continueToken, CancellationToken cancellationToken)
    {
        var body = await (TakeAhead(continueToken) ?? client.ListBytesAsync<T>(query, continueToken, cancellationToken));
        if (KubeLists.TokenBeforeItems(body) is { } next)
        {
            var page = client.ListBytesAsync<T>(query, next, cancellationToken);
            // It may never be asked for: a list that fails in between is begun anew.
            _ = page.ContinueWith(failed => failed.Exception, cancellationToken, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            _ahead = (next, page);
        }

        return KubeLists.ReadPage<T>(body);
    }

    public IAsyncEnumerable<ObjectEvent<T>> WatchAsync(string resourceVersion, CancellationToken cancellationToken) =>
        client.WatchAsync<T>(query, resourceVersion, cancellationToken);

    private Task<byte[]>? TakeAhead(string? token)
    {
        var ahead = _ahead;
        _ahead = null;
        return ahead is { } found && found.Token == token ? found.Page : null;
    }
}
