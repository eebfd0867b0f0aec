namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Where an <see cref="EmbeddedGateway"/> gets its configuration, and as whom.</summary>
/// <remarks>Where it listens is no option: like an Envoy it learns that from the listeners that the xDS server sends.</remarks>
public sealed record EmbeddedGatewayOptions
{
    /// <summary>The xDS server, as <c>host:port</c>; plaintext HTTP/2.</summary>
    public required string XdsAddress { get; init; }
    /// <summary>Unique for each gateway.</summary>
    public string NodeId { get; init; } = "embedded-gateway";
    /// <summary>The same for all gateways of a fleet.</summary>
    public string NodeCluster { get; init; } = "kxds";
}
