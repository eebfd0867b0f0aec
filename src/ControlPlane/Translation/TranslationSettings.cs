using Knative.Xds.Core.Wire;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What the translation of every ingress needs to know about the cluster.</summary>
public sealed record TranslationSettings
{
    /// <summary>DNS suffix of the cluster.</summary>
    public string ClusterDomain { get; init; } = SystemNames.ClusterDomain;
}
