using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation;

/// <summary>Settings of an activator.</summary>
public sealed class ActivatorOptions
{
    /// <value>Path of a kubeconfig; null means in-cluster configuration, else KUBECONFIG, else ~/.kube/config.</value>
    public string? Kubeconfig { get; set; }

    /// <value>Namespace of the system's own objects.</value>
    public string SystemNamespace { get; set; } = SystemNames.Namespace;

    /// <value>DNS suffix of the cluster.</value>
    public string ClusterDomain { get; set; } = SystemNames.ClusterDomain;

    /// <value>Address of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>.</value>
    public string AdminListen { get; set; } = "0.0.0.0:9090";

    /// <value>Address for requests; HTTP/1.1 and HTTP/2 without TLS are both taken.</value>
    public string Listen { get; set; } = "0.0.0.0:8012";

    /// <value>Second address for requests, the one that Services name <c>http2</c>; takes the same.</value>
    public string ListenHttp2 { get; set; } = "0.0.0.0:8013";

    /// <value>Address for requests over TLS, served while config-network asks for TLS inside the system; empty means none. Default all addresses, port 8112, in a cluster, and none elsewhere.</value>
    public string? ListenTls { get; set; }

    /// <value>Lowest version of TLS there, <c>1.2</c> or <c>1.3</c>; empty is 1.3.</value>
    public string TlsMinVersion { get; set; } = "";

    /// <value>Highest version of TLS there; empty is 1.3.</value>
    public string TlsMaxVersion { get; set; } = "";

    /// <value>Name under which this activator reports to the autoscaler.</value>
    public string PodName { get; set; } = "activator";

    /// <value>Address that this activator has in the endpoints of public Services; decides on its share of the pods.</value>
    public string PodIp { get; set; } = "";

    /// <value>Websocket address of the autoscaler; null means the endpoints of the Service <c>autoscaler</c>, else its DNS name.</value>
    public string? AutoscalerUrl { get; set; }

    /// <value>How long one probe of a pod may take. Default 300 ms.</value>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <value>Pause between probes of a pod while no request waits for it. Default 200 ms.</value>
    public TimeSpan ProbeFrequency { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <value>How long a request may take in all, waiting included. Default 300 s.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(300);

    /// <value>How long the first byte of a response may take; zero (the default) means no limit.</value>
    public TimeSpan ResponseStartTimeout { get; set; }

    /// <value>How long a response may pause; zero (the default) means no limit.</value>
    public TimeSpan IdleTimeout { get; set; }

    /// <value>Connections that may be open to the ports for requests; a further one is closed at once. Default 10,240.</value>
    /// <remarks>What all limits add up to is in docs/operations.md, under Activator.</remarks>
    public int MaxConnections { get; set; } = 10_240;

    /// <value>How many of them may be of HTTP/2. Default 256.</value>
    public int MaxHttp2Connections { get; set; } = 256;

    /// <value>Requests that may be inside, waiting or forwarded; a further one gets 503. Default 10,240.</value>
    public int MaxRequests { get; set; } = 10_240;

    /// <value>Largest header block of a request, in bytes; a larger one gets 431. Default 64 KiB. While very many connections are open it is less, see <see cref="HeaderBudgetBytes"/>.</value>
    public int MaxHeaderBytes { get; set; } = 64 * 1024;

    /// <value>What the headers of all requests inside may have together, in bytes; a request beyond that gets 503. A block that is being read may have half of it divided by the open connections, but 8 KiB at least. Default 64 MiB.</value>
    public long HeaderBudgetBytes { get; set; } = 64 << 20;

    /// <value>What all requests inside may keep of their bodies together, in bytes, to be able to send them to another pod; a request beyond that goes to one pod only. Default 32 MiB.</value>
    public long BodyBudgetBytes { get; set; } = 32 << 20;

    /// <value>What may be on its way to clients and pods that do not take it, in bytes; beyond that the transfer that has stood still for the longest is cut off. Default 128 MiB.</value>
    public long TransferBudgetBytes { get; set; } = 128 << 20;

    /// <value>What clients may send ahead on all HTTP/2 connections, in bytes: the first ones have a larger share each, every one has 64 KiB at least. Default 64 MiB.</value>
    public long WindowBudgetBytes { get; set; } = 64 << 20;

    /// <value>What is read ahead of an HTTP/1.1 request's body while nobody reads it, in bytes. Default 16 KiB.</value>
    public int ReadBufferBytes { get; set; } = 16 * 1024;

    /// <value>Longest time from a connection's first byte, or a request's, to the end of its headers. Default one minute.</value>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <value>Requests that may wait for capacity, all revisions together. Default 10,240.</value>
    public int MaxWaiting { get; set; } = 10_240;

    /// <value>Requests that may wait for capacity of one revision. Default 10,000.</value>
    public int MaxWaitingPerRevision { get; set; } = 10_000;

    /// <value>Bytes of its body that one request may keep in memory, see <see cref="BodyBudgetBytes"/>. Default 64 KiB.</value>
    public int MaxWaitingBodyBytes { get; set; } = 64 * 1024;

    /// <value>Whether revisions' metrics are published under the names of before Knative 1.19 too, for dashboards that query those.</value>
    public bool OldMetricNames { get; set; } = true;

    /// <value>ConfigMap that says what is told of requests.</value>
    public string ObservabilityConfigMap { get; set; } = "config-observability";

    /// <value>Where the log of requests goes.</value>
    internal Func<Stream> RequestLogOutput { get; set; } = Console.OpenStandardOutput;

    /// <value>Silence after which the autoscaler is asked whether it is there. 3.33 s, as upstream.</value>
    internal TimeSpan LinkPingInterval { get; set; } = TimeSpan.FromSeconds(10.0 / 3);

    /// <value>How long it may take to say so; then the link is made anew. 10 s, as upstream.</value>
    internal TimeSpan LinkPongTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <value>Idle connections to pods are closed after this time. Default 90 s.</value>
    public TimeSpan ConnectionIdleTimeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <value>Idle connections for plain HTTP/1.1 requests that are kept, to all pods together; beyond that the one idle for the longest is closed. Default 1,000.</value>
    public int MaxIdleConnections { get; set; } = 1000;

    /// <value>How many of them may be to one pod. Default 100.</value>
    public int MaxIdleConnectionsPerPod { get; set; } = 100;

    /// <value>How long requests are still accepted after the signal to stop, so that everybody learns of it. Default 45 s.</value>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(45);

    /// <value>How long requests in flight may take after that. Default 545 s, which with the drain fills the pod's grace period of 600 s.</value>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(545);
}
