namespace Knative.Xds.XdsServer.Reporting;

/// <summary>What the connected gateways say about an ingress.</summary>
internal enum GatewayState
{
    /// <summary>No gateway is connected, or one has yet to take its resources.</summary>
    Waiting,
    /// <summary>Every connected gateway has taken its resources.</summary>
    Taken,
    /// <summary>A gateway refuses one of its resources.</summary>
    Refused,
}
