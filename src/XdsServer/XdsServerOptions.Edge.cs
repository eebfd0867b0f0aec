using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer;

/// <content>What gateways do at their edge.</content>
public sealed partial class XdsServerOptions
{
    /// <value>Whose gateways the default fleet's are: ours, or net-kourier's, which keep their bootstrap, ports, Services and readiness probe.</value>
    public GatewayProfile Gateways { get; set; }
    /// <value>Namespace of net-kourier's gateways and their Services, where <see cref="Gateways"/> says that they are. Default <c>kourier-system</c>.</value>
    public string GatewayNamespace { get; set; } = FleetNames.KourierNamespace;
    /// <value>Address that gateways bind for probes from outside without TLS; it never expects the PROXY protocol. Null: none.</value>
    public string? ProbeListen { get; set; }
    /// <value>The same with TLS.</value>
    public string? TlsProbeListen { get; set; }
    /// <value>Lowest version of TLS that clients may speak.</value>
    public TlsVersion MinTlsVersion { get; set; } = TlsVersion.Tls12;
    /// <value>Whether external requests with an underscore in a header name are refused, as backends may take <c>a_b</c> for <c>a-b</c>.</value>
    public bool RejectHeadersWithUnderscores { get; set; } = true;
    /// <value>Kibibytes of request headers. Default 60.</value>
    public int MaxRequestHeadersKb { get; set; } = 60;
    /// <value>Streams that an external HTTP/2 connection may have at once. Default 100.</value>
    public int MaxConcurrentStreams { get; set; } = 100;
    /// <value>How long a client may take for the headers of a request. Default 30 s.</value>
    public TimeSpan RequestHeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);
    /// <value>How long a client's connection may be without a request. Default 1 hour.</value>
    public TimeSpan ConnectionIdleTimeout { get; set; } = TimeSpan.FromHours(1);
    /// <value>File of certificate authorities on the gateways, for services that are spoken to by https.</value>
    public string AuthoritiesFile { get; set; } = new GatewaySettings().AuthoritiesFile;
    /// <value>Whether plain requests are never redirected to TLS, as something in front of the gateways does it.</value>
    public bool DisableHttpOption { get; set; }

    /// <value>Whether an ingress is ready only when every gateway has also answered a request for each of its hosts with its hash.</value>
    public bool ProbeGateways { get; set; }
    /// <value>Service whose ready endpoints are the gateways to probe, <c>namespace/name</c>; null: the fleet's local Service, by <see cref="PrivateAddress"/>.</value>
    public string? ProbeService { get; set; }
    /// <value>Longest time between two probes of a gateway that does not answer yet. Default 30 s.</value>
    public TimeSpan ProbeMaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Entries of config-kourier that hold where the ConfigMap says nothing.</summary>
    internal Dictionary<string, string> KourierDefaults { get; } = new(StringComparer.Ordinal);
    /// <summary>Entries of config-kourier that hold whatever the ConfigMap says.</summary>
    internal Dictionary<string, string> KourierOverrides { get; } = new(StringComparer.Ordinal);
}
