namespace Knative.Xds.Core.Model;

/// <summary>Which listeners an ingress rule is reachable from.</summary>
public enum IngressVisibility
{
    /// <summary>The external listener (and, as upstream does, the local one).</summary>
    ExternalIP,
    /// <summary>The cluster-local listener only.</summary>
    ClusterLocal,
}
