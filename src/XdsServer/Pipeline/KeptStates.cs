using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The former states of ingresses that are bad now, which are served in their place.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
internal sealed class KeptStates
{
    private readonly Dictionary<ObjectKey, Ingress> _byIngress = [];
    private bool _isChanged;

    /// <summary>All.</summary>
    public IReadOnlyCollection<Ingress> All => _byIngress.Values;

    /// <summary>Notes what is served of an ingress.</summary>
    public void Set(ObjectKey ingress, IngressEntry? entry)
    {
        if (entry is not { IsFormer: true, Wanted: { } state })
        {
            _isChanged |= _byIngress.Remove(ingress);
        }
        else if (!_byIngress.TryGetValue(ingress, out var known) || !ReferenceEquals(known, state))
        {
            _byIngress[ingress] = state;
            _isChanged = true;
        }
    }

    /// <summary>Whether any has changed since the last call.</summary>
    public bool TakeChanged()
    {
        var isChanged = _isChanged;
        _isChanged = false;
        return isChanged;
    }
}
