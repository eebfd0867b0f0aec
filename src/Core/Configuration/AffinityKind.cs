namespace Knative.Xds.Core.Configuration;

/// <summary>Affinity of pods whose revision asks for none.</summary>
public enum AffinityKind
{
    /// <summary>A revision's pods prefer different nodes.</summary>
    PreferSpreadRevisionOverNodes,

    /// <summary>No affinity.</summary>
    None,
}
