using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Proxyless;

/// <summary>What a gRPC client needs to reach one host.</summary>
/// <param name="Resources">Listener, routes, clusters and their endpoints; empty when nobody serves the host.</param>
/// <param name="Sources">The gateways' resources that this was read from, existing or not: a change of one means to read again.</param>
public sealed record ProxylessHost(ImmutableArray<EncodedResource> Resources, ImmutableHashSet<ResourceId> Sources);
