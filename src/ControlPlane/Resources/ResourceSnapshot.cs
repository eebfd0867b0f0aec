using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>All resources at one moment; see <see cref="TypeSnapshot"/>.</summary>
public sealed class ResourceSnapshot
{
    private readonly ImmutableArray<TypeSnapshot> _types;

    internal ResourceSnapshot(ImmutableArray<TypeSnapshot> types) => _types = types;

    /// <summary>The resources of one kind.</summary>
    public TypeSnapshot this[ResourceType type] => _types[(int)type];
}
