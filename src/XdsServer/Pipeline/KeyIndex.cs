using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Which ingresses depend on a Service.</summary>
internal sealed class KeyIndex
{
    private readonly Dictionary<ObjectKey, HashSet<ObjectKey>> _dependents = [];

    /// <summary>Dependents of a Service.</summary>
    public IReadOnlyCollection<ObjectKey> Find(ObjectKey service) => _dependents.TryGetValue(service, out var found) ? found : [];

    /// <summary>Replaces what an ingress depends on.</summary>
    public void Move(ObjectKey ingress, ImmutableArray<ObjectKey> before, ImmutableArray<ObjectKey> after)
    {
        foreach (var service in before)
        {
            if (_dependents.TryGetValue(service, out var dependents) && dependents.Remove(ingress) && dependents.Count == 0)
            {
                _dependents.Remove(service);
            }
        }

        foreach (var service in after)
        {
            if (!_dependents.TryGetValue(service, out var dependents))
            {
                _dependents[service] = dependents = [];
            }

            dependents.Add(ingress);
        }
    }
}
