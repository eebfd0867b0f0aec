using Knative.Xds.Core.Wire;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>What net-kourier's gateways are called, and where they listen.</summary>
/// <remarks>Source: knative-extensions/net-kourier config/200-bootstrap.yaml and 300-gateway.yaml, pkg/config.</remarks>
internal static class FleetNames
{
    public const string KourierNamespace = "kourier-system";
    private const string KourierCluster = "kourier-knative";
    private const string KourierReadyHost = "internalkourier";
    private const string External = "kourier";
    private const string Internal = "kourier-internal";

    /// <summary>A fleet of net-kourier's gateways; addresses that are given take the place of its own.</summary>
    public static FleetOptions Kourier(FleetOptions given, string gatewayNamespace, string clusterDomain) => given with
    {
        IngressClasses = given.IngressClasses is [Labels.XdsIngressClass] ? [Labels.KourierIngressClass] : given.IngressClasses,
        NodeCluster = KourierCluster,
        ExternalTlsListen = given.ExternalTlsListen ?? "0.0.0.0:8443",
        LocalTlsListen = given.LocalTlsListen ?? "0.0.0.0:8444",
        ProbeListen = given.ProbeListen ?? "0.0.0.0:8090",
        TlsProbeListen = given.TlsProbeListen ?? "0.0.0.0:9443",
        ReadyHost = KourierReadyHost,
        PublicAddress = $"{External}.{gatewayNamespace}.svc.{clusterDomain}",
        PrivateAddress = $"{Internal}.{gatewayNamespace}.svc.{clusterDomain}",
        ProbeService = given.ProbeService ?? $"{gatewayNamespace}/{Internal}",
    };
}
