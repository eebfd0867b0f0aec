using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>All that an ingress's status says.</summary>
/// <param name="Generation">Generation that it is about.</param>
/// <param name="Problems">What is wrong in the ingress; empty when all is well.</param>
/// <param name="Conflicts">Hosts that it claims in vain.</param>
/// <param name="Gateways">What the gateways say.</param>
/// <param name="Message">A refusing gateway's words; empty otherwise.</param>
internal sealed record IngressVerdict(long Generation, ImmutableArray<Problem> Problems, ImmutableArray<Problem> Conflicts, GatewayState Gateways, string Message);
