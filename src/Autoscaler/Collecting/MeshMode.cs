namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Whether a mesh may stand between us and single pods.</summary>
internal enum MeshMode
{
    /// <summary>Find out.</summary>
    Auto,
    /// <summary>It does: only Services can be asked.</summary>
    Enabled,
    /// <summary>It does not: pods are asked.</summary>
    Disabled,
}
