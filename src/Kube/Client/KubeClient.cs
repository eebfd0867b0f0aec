using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Client;

/// <summary>Typed access to any Kubernetes API. The kind is read from the <c>KubernetesEntity</c> attribute of <c>T</c>.</summary>
/// <remarks>Errors: every call throws <see cref="KubeException"/> for an answer outside 2xx, with the API's Status in it. Threading: safe for use from many threads.</remarks>
public sealed class KubeClient : IDisposable
{
    /// <summary>Connects lazily: no request is sent before the first call.</summary>
    public static KubeClient Create(KubeClientOptions options) => throw new NotImplementedException();

    /// <summary>Address of the API.</summary>
    public Uri BaseAddress => throw new NotImplementedException();

    /// <summary>Reads one object; null when there is none.</summary>
    public Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Creates an object and returns it as stored.</summary>
    public Task<T> CreateAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Replaces an object (PUT); conflicts when its resourceVersion is stale.</summary>
    public Task<T> ReplaceAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Replaces the status subresource (PUT on /status).</summary>
    public Task<T> ReplaceStatusAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Patches an object or one of its subresources (<c>status</c>, <c>scale</c>; null for the object itself).</summary>
    public Task<T> PatchAsync<T>(ObjectKey key, V1Patch patch, string? subresource, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Deletes an object; false when there was none.</summary>
    public Task<bool> DeleteAsync<T>(ObjectKey key, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Reads one page of a list.</summary>
    public Task<ObjectPage<T>> ListAsync<T>(ObjectQuery query, string? continueToken, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <summary>Watches from a resourceVersion, bookmarks on, until the server ends the watch or the token fires.</summary>
    /// <remarks>Errors: <see cref="KubeException"/> with code 410 when the resourceVersion is too old.</remarks>
    public IAsyncEnumerable<ObjectEvent<T>> WatchAsync<T>(ObjectQuery query, string resourceVersion, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => GC.SuppressFinalize(this);
}
