namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>A subresource in discovery; Group is empty where it speaks a kind of its resource's group.</summary>
internal sealed record DiscoveryPart(string Name, string Group, string Version, string Kind, IReadOnlyList<string> Verbs);
