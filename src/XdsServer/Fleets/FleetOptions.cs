namespace Knative.Xds.XdsServer.Fleets;

/// <summary>A group of gateways that serve the same ingresses.</summary>
public sealed record FleetOptions
{
    /// <value>Key of <c>node.metadata</c> that names a gateway's fleet.</value>
    public const string MetadataKey = "kxds.fleet";
    /// <value>Name of the fleet that there is without configuration, and that gateways belong to which name none.</value>
    public const string DefaultName = "default";

    /// <value>Name; gateways name it in <c>node.metadata["kxds.fleet"]</c>.</value>
    public string Name { get; init; } = DefaultName;
    /// <value>Ingress classes that the fleet serves.</value>
    public IReadOnlyList<string> IngressClasses { get; init; } = [];
    /// <value>Labels that an ingress must have, in the syntax of Kubernetes, e.g. <c>env=prod,tier notin (internal)</c>. Empty: all.</value>
    public string Selector { get; init; } = "";
    /// <value><c>node.cluster</c> of gateways whose metadata names no fleet, as they keep a bootstrap that is not ours. Empty: none.</value>
    public string NodeCluster { get; init; } = "";
    /// <value>Address that the gateways bind for traffic from outside.</value>
    public string ExternalListen { get; init; } = "0.0.0.0:8080";
    /// <value>Address that the gateways bind for traffic from the cluster.</value>
    public string LocalListen { get; init; } = "0.0.0.0:8081";
    /// <value>Address that the gateways bind for traffic with TLS from outside; null: none.</value>
    public string? ExternalTlsListen { get; init; }
    /// <value>Address that the gateways bind for traffic with TLS from the cluster; null: none.</value>
    public string? LocalTlsListen { get; init; }
    /// <value>Address that the gateways bind for probes from outside without TLS; it never expects the PROXY protocol. Null: none.</value>
    public string? ProbeListen { get; init; }
    /// <value>The same with TLS.</value>
    public string? TlsProbeListen { get; init; }
    /// <value>Host under which a gateway answers <c>/ready</c> on its local listener, once it has its configuration; empty: none.</value>
    public string ReadyHost { get; init; } = "";
    /// <value>Service whose ready endpoints are the gateways to probe, <c>namespace/name</c>; null: the one that <see cref="PrivateAddress"/> names.</value>
    public string? ProbeService { get; init; }
    /// <value>Name of the gateways' external Service, written into status.publicLoadBalancer.</value>
    public string PublicAddress { get; init; } = "";
    /// <value>Name of the gateways' local Service, written into status.privateLoadBalancer.</value>
    public string PrivateAddress { get; init; } = "";
}
