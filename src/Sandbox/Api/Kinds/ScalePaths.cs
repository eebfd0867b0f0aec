namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>Where a scalable kind keeps its replica counts and selector (dotted paths).</summary>
internal sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? Selector);
