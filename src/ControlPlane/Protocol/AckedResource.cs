using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>A resource in a response that a client has answered.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version offered; empty when its removal was.</param>
/// <param name="Before">The version that the client held until then; empty when none, and in a refusal.</param>
public readonly record struct AckedResource(string Name, string Version, string Before = "")
{
    /// <summary>The resource that was offered under this name, which is not its own; null when the name is its own.</summary>
    public EncodedResource? StandsFor { get; init; }
}
