namespace Knative.Xds.Core.Networking;

/// <summary>How pods are reached where there may be a service mesh.</summary>
public enum MeshCompatibilityMode
{
    /// <summary>By address, and by ClusterIP where that fails.</summary>
    Auto,
    /// <summary>By ClusterIP.</summary>
    Enabled,
    /// <summary>By address.</summary>
    Disabled,
}
