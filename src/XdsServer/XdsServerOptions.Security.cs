namespace Knative.Xds.XdsServer;

/// <content>Who may connect, and how much a stream may ask.</content>
public sealed partial class XdsServerOptions
{
    /// <value>Path of the xDS port's certificate chain, PEM. With the next two it turns mutual TLS on; the files may be replaced while the server runs.</value>
    public string? TlsCertificateFile { get; set; }
    /// <value>Path of that certificate's private key, PEM.</value>
    public string? TlsKeyFile { get; set; }
    /// <value>Path of the certificates, PEM, that client certificates must go back to.</value>
    public string? TlsClientCaFile { get; set; }
    /// <value>How often the three files are looked at even if nobody connects, so that a bad one is reported in time. Default 10 s.</value>
    public TimeSpan TlsReloadInterval { get; set; } = TimeSpan.FromSeconds(10);
    /// <value>Whether the xDS port may be open without TLS on an address other than loopback.</value>
    public bool AllowPlaintext { get; set; }
    /// <value>Whether clients without TLS on other machines are sent private keys too: whoever reaches the port reads them all then.</value>
    public bool AllowPlaintextKeys { get; set; }
    /// <value>Address, without TLS, for gRPC clients that resolve <c>xds:///</c> names: they get routes and endpoints, never a gateway's configuration. Empty: they use <see cref="Listen"/>.</value>
    public string ProxylessListen { get; set; } = "";
    /// <value>Hosts that one such client may ask for. Default 1,000.</value>
    public int MaxProxylessHosts { get; set; } = 1_000;
    /// <value>What a client certificate says about the nodes that it may be: name templates separated by commas, as in <c>docs/operations.md</c>. Empty: any node.</value>
    public string NodeIdentity { get; set; } = "spiffe://*/kxds/{cluster}/{fleet},{fleet}.{cluster}.kxds-gateway";
    /// <value>Names in client certificates that may ask for the state of all nodes (CSDS), like <see cref="NodeIdentity"/> but without placeholders. Empty: none.</value>
    public string OperatorIdentity { get; set; } = "spiffe://*/kxds/operator,operator.kxds";
    /// <value>Whether the admin port answers <c>/debug</c> to other machines too. It shows all routes and endpoints, but no private key.</value>
    public bool DebugFromAnywhere { get; set; }

    /// <value>Bytes of one request. Default 64 MiB: a reconnecting Envoy names everything that it holds in one message, 1.8 MB per type at 20,000 route configurations.</value>
    public int MaxMessageBytes { get; set; } = 64 * 1024 * 1024;
    /// <value>Bytes of a node's description of itself. Default 256 KiB: Envoy lists all of its extensions.</value>
    public int MaxNodeBytes { get; set; } = 256 * 1024;
    /// <value>Names that a stream may hold of one type. Default 200,000.</value>
    public int MaxNames { get; set; } = 200_000;
    /// <value>Characters of a name. Default 1,024: the longest that there can be, of a route configuration, has less than 400.</value>
    public int MaxNameLength { get; set; } = 1_024;
    /// <value>Characters of all names of a stream together, of all types, with the versions that it says it holds. Default 64 Mi: five times what 10,000 ingresses come to.</value>
    public long MaxTotalNameLength { get; set; } = 64 * 1024 * 1024;
    /// <value>Streams of one peer: of a certificate, or of an address where there is none. Default 4,000.</value>
    public int MaxStreamsPerPeer { get; set; } = 4_000;
    /// <value>Streams of one node at one address: a hot restart doubles them for a while. Default 8.</value>
    public int MaxStreamsPerNode { get; set; } = 8;
    /// <value>xDS streams that may open at once, and per second in the long run, so that gateways that all come back leave time for those that are connected; the others wait. Default 100; 0 means no limit.</value>
    public int NewStreamsPerSecond { get; set; } = 100;
    /// <value>How long a new stream waits for its turn at most; then it is refused, and its client comes again. Default 10 s.</value>
    public TimeSpan NewStreamWait { get; set; } = TimeSpan.FromSeconds(10);
    /// <value>Requests that a stream may send at once beyond one answer for each of our responses. Default 1,000.</value>
    public int RequestBurst { get; set; } = 1_000;
    /// <value>The same, per second in the long run. Default 100.</value>
    public int RequestsPerSecond { get; set; } = 100;
    /// <value>How long a client may leave a response unread. Default 60 s.</value>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(60);
    /// <value>Age, give or take a fifth, at which a stream and its connection are ended, so that the client shows its certificate again, and that replicas which came later get their share. Default 1 hour; 0 means only when the certificate ends.</value>
    public TimeSpan MaxStreamAge { get; set; } = TimeSpan.FromHours(1);
    /// <value>After how long without a byte a client is asked whether it is still there. Default 30 s.</value>
    public TimeSpan KeepAliveDelay { get; set; } = TimeSpan.FromSeconds(30);
    /// <value>How long it may take to answer that; then its streams are ended. Default 10 s.</value>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(10);
    /// <value>How often gateways report their load; less often, in multiples of it, where there are so many clusters that it would keep Envoy from its work. Default 5 s.</value>
    public TimeSpan LoadReportInterval { get; set; } = TimeSpan.FromSeconds(5);
    /// <value>Time over which the streams are ended one by one when the server stops. Default 2 s.</value>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(2);
}
