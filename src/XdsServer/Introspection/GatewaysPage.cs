namespace Knative.Xds.XdsServer.Introspection;

/// <summary><c>/debug/gateways</c>.</summary>
/// <param name="Gateways">The connected nodes, longest connected first.</param>
public sealed record GatewaysPage(IReadOnlyList<GatewayPage> Gateways);
