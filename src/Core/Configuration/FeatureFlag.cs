namespace Knative.Xds.Core.Configuration;

/// <summary>State of an optional behaviour.</summary>
public enum FeatureFlag
{
    /// <summary>Off.</summary>
    Disabled,

    /// <summary>Up to the revision's annotation.</summary>
    Allowed,

    /// <summary>On.</summary>
    Enabled,

    /// <summary>Of secure-pod-defaults alone: secure defaults, but root stays possible.</summary>
    AllowRootBounded,
}
