using System.Net;
using Knative.Xds.Core.Configuration;

namespace Knative.Xds.QueueProxy;

/// <summary>Everything a queue-proxy is told: by its environment in a pod, directly in tests and in the sandbox.</summary>
/// <remarks>Source: knative/serving pkg/queue/sharedmain/main.go, the struct of environment variables.</remarks>
public sealed record QueueOptions
{
    /// <value>Address that every port is bound to; null binds all addresses.</value>
    public IPAddress? BindAddress { get; init; }
    /// <value>Port of user traffic, HTTP/1.1 and h2c alike; 0 takes a free one. Default 8012.</value>
    public int ServingPort { get; init; } = Core.Wire.Ports.BackendHttp;
    /// <value>Port of user traffic over TLS, opened where <see cref="CertificateFolder"/> holds a certificate. Default 8112.</value>
    public int TlsPort { get; init; } = Core.Wire.Ports.BackendHttps;
    /// <value>Port of <c>/wait-for-drain</c> and of probes. Default 8022.</value>
    public int AdminPort { get; init; } = Core.Wire.Ports.QueueAdmin;
    /// <value>Port of the autoscaler's statistics. Default 9090.</value>
    public int StatsPort { get; init; } = Core.Wire.Ports.AutoscalingMetrics;
    /// <value>Port of Prometheus metrics, opened where <see cref="Observability"/> asks for them. Default 9091.</value>
    public int MetricsPort { get; init; } = Core.Wire.Ports.UserMetrics;
    /// <value>Port of the runtime's state, opened where <see cref="Observability"/> asks for profiles. Default 8008.</value>
    public int ProfilingPort { get; init; } = Core.Wire.Ports.Profiling;
    /// <value>Host of the user container. Default 127.0.0.1.</value>
    public string UserHost { get; init; } = "127.0.0.1";
    /// <value>Port of the user container.</value>
    public required int UserPort { get; init; }
    /// <value>Requests that the user container takes at a time; 0 is unlimited.</value>
    public int ContainerConcurrency { get; init; }
    /// <value>Longest time from arrival to the end of the response; zero is unlimited. Default 300 s.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(300);
    /// <value>Longest time from arrival to the start of the response; zero is unlimited.</value>
    public TimeSpan ResponseStartTimeout { get; init; }
    /// <value>Longest time without a byte of the response; zero is unlimited.</value>
    public TimeSpan IdleTimeout { get; init; }
    /// <value>Namespace of the revision.</value>
    public string Namespace { get; init; } = "";
    /// <value>Knative Service of the revision; may be empty.</value>
    public string Service { get; init; } = "";
    /// <value>Configuration of the revision; may be empty.</value>
    public string Configuration { get; init; } = "";
    /// <value>The revision.</value>
    public string Revision { get; init; } = "";
    /// <value>Name of the pod, which its statistics carry.</value>
    public string Pod { get; init; } = "";
    /// <value>Address of the pod, which request logs carry.</value>
    public string PodIp { get; init; } = "";
    /// <value>Name of the service in metrics and traces; empty takes Service, Configuration, Revision or Pod, the first that is set.</value>
    public string TelemetryName { get; init; } = "";
    /// <value>JSON of the user container's readiness probe, or of an array of them; empty means always ready.</value>
    public string ReadinessProbe { get; init; } = "";
    /// <value>Whether HTTP probes try h2c first.</value>
    public bool Http2AutoDetection { get; init; }
    /// <value>Whether HTTP/1.1 responses may begin before their requests have ended.</value>
    public bool HttpFullDuplex { get; init; }
    /// <value>Request log, metrics, traces.</value>
    public ObservabilityConfig Observability { get; init; } = new();
    /// <value>Whether statistics are also given as Prometheus text, to who does not ask for protobuf: old autoscalers do.</value>
    public bool ServesStatsAsText { get; init; }
    /// <value>Folder of <c>tls.crt</c> and <c>tls.key</c>. Default /var/lib/knative/certs.</value>
    public string CertificateFolder { get; init; } = "/var/lib/knative/certs";
    /// <value>What the TLS port speaks.</value>
    public TlsSettings Tls { get; init; } = new();
    /// <value>How long no request may arrive before a draining proxy stops. Default 30 s.</value>
    public TimeSpan DrainQuietPeriod { get; init; } = TimeSpan.FromSeconds(30);
    /// <value>Name of the lowest level logged: debug, info, warn or error. Default info.</value>
    public string LogLevel { get; init; } = "info";
    /// <value>Bounds on what clients can make the proxy hold.</value>
    public QueueLimits Limits { get; init; } = new();
}
