namespace Knative.Xds.XdsServer;

/// <summary>Whose gateways they are.</summary>
public enum GatewayProfile
{
    /// <summary>Ours: <c>envoy/bootstrap.yaml</c>.</summary>
    Own,
    /// <summary>net-kourier's, as its manifests have them: nothing about them has to change.</summary>
    Kourier,
}
