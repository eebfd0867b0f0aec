using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>One resource that a client asked for or has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">How the client stands to it.</param>
/// <param name="Version">Version taken last; empty when none was.</param>
/// <param name="Wanted">The resource as it should be; null when it should not be.</param>
public readonly record struct HeldResource(string Name, HeldState State, string Version, EncodedResource? Wanted);
