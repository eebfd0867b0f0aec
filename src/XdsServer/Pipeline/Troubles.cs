using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What is wrong with ingresses now; tells of each problem once, when it is found.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
/// <param name="found">Takes each problem when it is found.</param>
internal sealed class Troubles(Action<ObjectKey, Problem> found)
{
    private readonly Dictionary<ObjectKey, ImmutableArray<Problem>> _byIngress = [];

    /// <summary>Ingresses with problems.</summary>
    public int Count => _byIngress.Count;

    /// <summary>Replaces what is wrong with an ingress.</summary>
    public void Set(ObjectKey ingress, ImmutableArray<Problem> problems)
    {
        _byIngress.Remove(ingress, out var former);
        foreach (var problem in former.IsDefault ? problems : problems.Except(former))
        {
            found(ingress, problem);
        }

        if (!problems.IsEmpty)
        {
            _byIngress[ingress] = problems;
        }
    }
}
