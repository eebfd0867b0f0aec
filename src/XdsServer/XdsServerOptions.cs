using System.Collections.Immutable;
using Knative.Xds.Core.Wire;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer;

/// <summary>Options of the xDS server.</summary>
public sealed partial class XdsServerOptions
{
    /// <value>Path of a kubeconfig; null means in-cluster configuration, else KUBECONFIG, else ~/.kube/config.</value>
    public string? Kubeconfig { get; set; }
    /// <value>Namespace of the activators' Service. Default <c>knative-serving</c>.</value>
    public string SystemNamespace { get; set; } = SystemNames.Namespace;
    /// <value>Address of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>.</value>
    public string AdminListen { get; set; } = "0.0.0.0:9090";
    /// <value>Address of the xDS streams: gRPC over HTTP/2, with mutual TLS when its files are given.</value>
    public string Listen { get; set; } = "0.0.0.0:18000";
    /// <value>Ingress classes whose KIngresses the default fleet serves, separated by commas.</value>
    public string IngressClass { get; set; } = Labels.XdsIngressClass;
    /// <value>Address that gateways bind for traffic from outside.</value>
    public string ExternalListen { get; set; } = "0.0.0.0:8080";
    /// <value>Address that gateways bind for traffic from the cluster.</value>
    public string LocalListen { get; set; } = "0.0.0.0:8081";
    /// <value>Address that gateways bind for traffic with TLS from outside; null: none. In a cluster <c>0.0.0.0:8443</c>.</value>
    public string? ExternalTlsListen { get; set; }
    /// <value>Address that gateways bind for traffic with TLS from the cluster; null: none. In a cluster <c>0.0.0.0:8444</c>.</value>
    public string? LocalTlsListen { get; set; }
    /// <value>Name of the gateways' external Service, written into status.publicLoadBalancer.</value>
    public string PublicAddress { get; set; } = "kxds-gateway.knative-serving.svc.cluster.local";
    /// <value>Name of the gateways' local Service, written into status.privateLoadBalancer.</value>
    public string PrivateAddress { get; set; } = "kxds-gateway-local.knative-serving.svc.cluster.local";
    /// <value>File on the gateways that access logs go to, e.g. <c>/dev/stdout</c>; null writes none, unless config-kourier asks for them.</value>
    public string? AccessLogPath { get; set; }
    /// <value>DNS suffix of the cluster.</value>
    public string ClusterDomain { get; set; } = SystemNames.ClusterDomain;
    /// <value>How long a change waits for a gateway to take what it depends on, and readiness for one that does not answer. Default 10 s.</value>
    public TimeSpan HoldLimit { get; set; } = TimeSpan.FromSeconds(10);
    /// <value>How long an ingress that sends traffic to another Service stays as it was, and is not ready, while that Service has no endpoints. Default 5 s.</value>
    public TimeSpan EndpointWait { get; set; } = TimeSpan.FromSeconds(5);
    /// <value>How long a fleet that an ingress leaves for another one serves it yet, so that clients can follow the address. Default 60 s; 0 means that it leaves at once.</value>
    public TimeSpan FleetMoveLinger { get; set; } = TimeSpan.FromSeconds(60);
    /// <value>How long a stream may stay without its first request. Default 10 s.</value>
    public TimeSpan FirstRequestLimit { get; set; } = TimeSpan.FromSeconds(10);
    /// <value>Name of this replica's pod, which is its identity among the replicas. Empty makes one up.</value>
    public string PodName { get; set; } = "";
    /// <value>Whether replicas agree on one of them that writes statuses, by leases; false is for one replica alone.</value>
    public bool LeaderElection { get; set; } = true;
    /// <value>How long the lease of a replica counts that does not renew it. Default 8 s.</value>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(8);
    /// <value>After how long without renewal the writer of statuses gives up; shorter than <see cref="LeaseDuration"/>. Default 5 s.</value>
    public TimeSpan LeaseRenewDeadline { get; set; } = TimeSpan.FromSeconds(5);
    /// <value>Time between renewals. Default 1 s.</value>
    public TimeSpan LeaseRetryPeriod { get; set; } = TimeSpan.FromSeconds(1);
    /// <value>Path of a YAML file with the gateway fleets; null means one fleet, <c>default</c>, made of the options above.</value>
    public string? FleetsFile { get; set; }
    /// <value>The gateway fleets when they are configured by code; empty means those of <see cref="FleetsFile"/>.</value>
    public IList<FleetOptions> Fleets { get; } = [];

    /// <summary>The fleets that these options describe.</summary>
    /// <exception cref="FormatException">The fleets' file is malformed; the message names it and the place.</exception>
    internal ImmutableArray<FleetOptions> AllFleets() => Fleets.Count > 0 ? [.. Fleets] : FleetsFile is { Length: > 0 } file ? FleetFile.Read(file) : [DefaultFleet()];

    private FleetOptions DefaultFleet() => Gateways == GatewayProfile.Kourier ? FleetNames.Kourier(GivenFleet(), GatewayNamespace, ClusterDomain) : GivenFleet();

    private FleetOptions GivenFleet() => new()
    {
        IngressClasses = IngressClass.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        ExternalListen = ExternalListen,
        LocalListen = LocalListen,
        ExternalTlsListen = ExternalTlsListen,
        LocalTlsListen = LocalTlsListen,
        ProbeListen = ProbeListen,
        TlsProbeListen = TlsProbeListen,
        ProbeService = ProbeService,
        PublicAddress = PublicAddress,
        PrivateAddress = PrivateAddress,
    };
}
