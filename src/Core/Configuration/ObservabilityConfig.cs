namespace Knative.Xds.Core.Configuration;

/// <summary>What the cluster wants to see of its data path, with upstream's defaults.</summary>
/// <remarks>Source: knative/serving pkg/observability/config.go, knative/pkg observability.</remarks>
public sealed record ObservabilityConfig
{
    /// <summary>One JSON object a request.</summary>
    public const string DefaultRequestLogTemplate =
        """{"httpRequest": {"requestMethod": "{{.Request.Method}}", "requestUrl": "{{js .Request.RequestURI}}", "requestSize": "{{.Request.ContentLength}}","""
        + """ "status": {{.Response.Code}}, "responseSize": "{{.Response.Size}}", "userAgent": "{{js .Request.UserAgent}}", "remoteIp": "{{js .Request.RemoteAddr}}","""
        + """ "serverIp": "{{.Revision.PodIP}}", "referer": "{{js .Request.Referer}}", "latency": "{{.Response.Latency}}s", "protocol": "{{.Request.Proto}}"},"""
        + """ "traceId": "{{.TraceID}}"}""";

    /// <value>Traces.</value>
    public TracingConfig Tracing { get; init; } = new();
    /// <value>Metrics of everything but the sidecar.</value>
    public ExportConfig Metrics { get; init; } = new();
    /// <value>Metrics of the sidecar.</value>
    public ExportConfig RequestMetrics { get; init; } = new();
    /// <value>Whether profiles are served.</value>
    public bool RuntimeProfiling { get; init; }
    /// <value>How often the runtime's own metrics are read.</value>
    public TimeSpan RuntimeExportInterval { get; init; } = TimeSpan.FromSeconds(15);
    /// <value>Whether containers' /var/log is kept in a volume.</value>
    public bool EnableVarLogCollection { get; init; }
    /// <value>URL of a revision's logs; may be empty.</value>
    public string LoggingUrlTemplate { get; init; } = "";
    /// <value>Whether requests are logged.</value>
    public bool EnableRequestLog { get; init; }
    /// <value>The line of a logged request, a Go template.</value>
    public string RequestLogTemplate { get; init; } = DefaultRequestLogTemplate;
    /// <value>Whether probes are logged too.</value>
    public bool EnableProbeRequestLog { get; init; }
}
