using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>One host rule of an ingress.</summary>
/// <param name="Hosts">FQDNs as written; empty matches every host.</param>
/// <param name="Visibility">Listeners that serve the rule.</param>
/// <param name="Paths">Route table, in order.</param>
public sealed record IngressRule(ImmutableArray<string> Hosts, IngressVisibility Visibility, ImmutableArray<IngressPath> Paths);
