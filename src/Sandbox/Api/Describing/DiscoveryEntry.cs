using Knative.Xds.Sandbox.Api.Kinds;

namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>A resource in discovery.</summary>
internal sealed record DiscoveryEntry(ResourceKind Kind, IReadOnlyList<string> Verbs, IReadOnlyList<DiscoveryPart> Parts);
