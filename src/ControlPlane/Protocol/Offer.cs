using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What a response changes for a client.</summary>
/// <param name="Name">Name of the resource.</param>
/// <param name="Resource">The resource; null when it is gone.</param>
internal readonly record struct Offer(string Name, EncodedResource? Resource)
{
    /// <summary>The version offered; empty for a removal.</summary>
    public string Version => Resource?.Version ?? "";

    /// <summary>In the form for the world outside.</summary>
    public AckedResource ToResource(string before = "") => new(Name, Version, before) { StandsFor = Resource?.StandsFor };
}
