namespace Knative.Xds.Sandbox.Composition;

/// <summary>A part of the running system and where it listens.</summary>
/// <param name="Name">Name of the part.</param>
/// <param name="Where">Addresses, for people.</param>
public sealed record ServiceLocation(string Name, string Where);
