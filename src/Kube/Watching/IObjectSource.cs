using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Watching;

/// <summary>Where an informer reads from: list and watch, nothing else.</summary>
internal interface IObjectSource<T>
{
    /// <summary>Reads a page; null starts from the beginning.</summary>
    Task<ObjectPage<T>> ListAsync(string? continueToken, CancellationToken cancellationToken);

    /// <summary>Watches until the source ends the watch.</summary>
    IAsyncEnumerable<ObjectEvent<T>> WatchAsync(string resourceVersion, CancellationToken cancellationToken);
}
