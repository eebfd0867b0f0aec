namespace Knative.Xds.XdsServer.Introspection;

/// <summary><c>/debug/resources</c>.</summary>
/// <param name="Resources">Resources by fleet, type and name.</param>
public sealed record ResourcesPage(IReadOnlyList<ResourceEntry> Resources);
