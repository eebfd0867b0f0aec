namespace Knative.Xds.Core.Wire;

/// <summary>TCP ports of the Knative data path.</summary>
/// <remarks>Source: knative/serving pkg/networking/constants.go.</remarks>
public static class Ports
{
    /// <summary>HTTP/1.1 (and h2c) traffic into queue-proxy and activator.</summary>
    public const int BackendHttp = 8012;
    /// <summary>h2c traffic into queue-proxy and activator.</summary>
    public const int BackendHttp2 = 8013;
    /// <summary>TLS traffic into queue-proxy and activator.</summary>
    public const int BackendHttps = 8112;
    /// <summary>Queue-proxy's drain and kubelet probe port.</summary>
    public const int QueueAdmin = 8022;
    /// <summary>Queue-proxy's statistics for the autoscaler.</summary>
    public const int AutoscalingMetrics = 9090;
    /// <summary>Queue-proxy's Prometheus metrics.</summary>
    public const int UserMetrics = 9091;
    /// <summary>Profiles of a process, where the cluster asks for them.</summary>
    public const int Profiling = 8008;
    /// <summary>The autoscaler's websocket intake.</summary>
    public const int AutoscalerStats = 8080;
    /// <summary>Prometheus metrics of activator, autoscaler and XdsServer.</summary>
    public const int Metrics = 9090;
    /// <summary>xDS gRPC streams.</summary>
    public const int Xds = 18000;
    /// <summary>Service port of plain HTTP.</summary>
    public const int ServiceHttp = 80;
    /// <summary>Name of the Service port for HTTP/1.1.</summary>
    public const string NameHttp = "http";
    /// <summary>Name of the Service port for h2c.</summary>
    public const string NameHttp2 = "http2";
}
