namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>A resource in a response that a client has answered.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version offered; empty when its removal was.</param>
public readonly record struct AckedResource(string Name, string Version);
