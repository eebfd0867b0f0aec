namespace Knative.Xds.XdsServer.Proxyless;

/// <summary>The hosts that one client wants; dispose it when its stream ends.</summary>
/// <remarks>Threading: one writer.</remarks>
internal sealed class ProxylessDemand(ProxylessCatalog catalog) : IDisposable
{
    private HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Takes the client's newest list.</summary>
    public void Set(IEnumerable<string> names)
    {
        var next = names.ToHashSet(StringComparer.Ordinal);
        if (!next.SetEquals(_names))
        {
            catalog.Change([.. next.Except(_names)], [.. _names.Except(next)]);
            _names = next;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Set([]);
}
