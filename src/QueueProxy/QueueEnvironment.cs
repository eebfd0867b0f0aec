using System.Globalization;
using System.Net;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Scaling;
using Knative.Xds.QueueProxy.Exporting;
using Knative.Xds.QueueProxy.Probing;

namespace Knative.Xds.QueueProxy;

/// <summary>Reads <see cref="QueueOptions"/> from the environment variables that Knative's controller sets.</summary>
/// <remarks>
/// Errors: every missing or malformed variable is a line in <see cref="Problems"/>; the options are then not to be used.
/// KXDS_* variables are ours and all optional. Those of releases before OBSERVABILITY_CONFIG existed count where it is absent.
/// Source: knative/serving pkg/queue/sharedmain/main.go, at main and at release 1.10.
/// </remarks>
internal sealed class QueueEnvironment(Func<string, string?> variable, long memory = long.MaxValue)
{
    // A hundred years: longer times are the same to everybody.
    private const long LongestSeconds = 100L * 366 * 24 * 3600;
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public QueueOptions Read()
    {
        Present("SERVING_LOGGING_CONFIG");
        var observability = Observability();
        var bind = Address("KXDS_POD_IP");
        var userHost = Optional("KXDS_USER_HOST") is { Length: > 0 } host ? host : bind?.ToString() ?? "127.0.0.1";
        return new QueueOptions
        {
            BindAddress = bind,
            ServingPort = Integer("QUEUE_SERVING_PORT", 0, ushort.MaxValue),
            TlsPort = Integer("QUEUE_SERVING_TLS_PORT", 0, ushort.MaxValue),
            UserHost = userHost,
            UserPort = Integer("USER_PORT", 1, ushort.MaxValue),
            ContainerConcurrency = (int)Math.Clamp(Number("CONTAINER_CONCURRENCY", Present("CONTAINER_CONCURRENCY"), long.MinValue, long.MaxValue), 0, int.MaxValue),
            Timeout = Seconds("REVISION_TIMEOUT_SECONDS", required: true),
            ResponseStartTimeout = Seconds("REVISION_RESPONSE_START_TIMEOUT_SECONDS", required: false),
            IdleTimeout = Seconds("REVISION_IDLE_TIMEOUT_SECONDS", required: false),
            Namespace = Present("SERVING_NAMESPACE"),
            Service = Optional("SERVING_SERVICE"),
            Configuration = Present("SERVING_CONFIGURATION"),
            Revision = Present("SERVING_REVISION"),
            Pod = Present("SERVING_POD"),
            PodIp = Present("SERVING_POD_IP"),
            TelemetryName = Optional("OTEL_SERVICE_NAME"),
            ReadinessProbe = Probe(userHost),
            Http2AutoDetection = Flag("ENABLE_HTTP2_AUTO_DETECTION"),
            HttpFullDuplex = Flag("ENABLE_HTTP_FULL_DUPLEX"),
            Observability = observability,
            MetricsPort = MetricsPort(observability.RequestMetrics.Endpoint),
            ServesStatsAsText = Flag("KXDS_STATS_AS_TEXT"),
            CertificateFolder = Optional("KXDS_CERTIFICATE_FOLDER") is { Length: > 0 } folder ? folder : "/var/lib/knative/certs",
            Tls = Tls(),
            DrainQuietPeriod = Optional("KXDS_DRAIN_QUIET_SECONDS").Length > 0 ? Seconds("KXDS_DRAIN_QUIET_SECONDS", required: true) : TimeSpan.FromSeconds(30),
            LogLevel = Present("SERVING_LOGGING_LEVEL"),
            Limits = Limits(),
        };
    }

    private string Optional(string name) => variable(name) ?? "";

    private string Present(string name)
    {
        if (variable(name) is { } value)
            return value;
        _problems.Add($"environment variable {name} is not set");
        return "";
    }

    private int Integer(string name, int least, int most) => (int)Number(name, Present(name), least, most);

    private int Integer(string name, int least, int most, int fallback) => (int)Long(name, least, most, fallback);

    private long Long(string name, long least, long most, long fallback) => Optional(name) is { Length: > 0 } text ? Number(name, text, least, most) : fallback;

    private long Number(string name, string text, long least, long most)
    {
        if (GoText.TryLiteral(text, out var value) && value >= least && value <= most)
            return value;
        if (variable(name) is not null)
            _problems.Add($"environment variable {name} is \"{text}\", not a number from {least} to {most}");
        return least;
    }

    private TimeSpan Seconds(string name, bool required) =>
        required || Optional(name).Length > 0 ? TimeSpan.FromSeconds(Math.Min(Number(name, Present(name), 0, long.MaxValue), LongestSeconds)) : TimeSpan.Zero;

    private bool Flag(string name)
    {
        var text = Optional(name);
        if (text.Length > 0 && !GoText.TryBool(text, out _))
            _problems.Add($"environment variable {name} is \"{text}\", neither true nor false");
        return GoText.TryBool(text, out var flag) && flag;
    }

    private IPAddress? Address(string name)
    {
        var text = Optional(name);
        if (text.Length == 0)
            return null;
        if (!IPAddress.TryParse(text, out var address))
            _problems.Add($"environment variable {name} is \"{text}\", not an IP address");
        return address;
    }

    private string Probe(string userHost)
    {
        // One or a list is told by the JSON itself; the flag has to be well-formed all the same.
        Flag("ENABLE_MULTI_CONTAINER_PROBES");
        var json = Optional("SERVING_READINESS_PROBE");
        Try("SERVING_READINESS_PROBE", () => UserProbeParser.Parse(json, userHost));
        return json;
    }

    private TlsSettings Tls()
    {
        var settings = new TlsSettings
        {
            MinVersion = Optional("QUEUE_PROXY_TLS_MIN_VERSION"),
            MaxVersion = Optional("QUEUE_PROXY_TLS_MAX_VERSION"),
            CipherSuites = Optional("QUEUE_PROXY_TLS_CIPHER_SUITES"),
            CurvePreferences = Optional("QUEUE_PROXY_TLS_CURVE_PREFERENCES"),
        };
        Try("QUEUE_PROXY_TLS_MIN_VERSION or _MAX_VERSION", () => _ = settings.Protocols);
        Try("QUEUE_PROXY_TLS_CIPHER_SUITES", () => _ = settings.Suites);
        return settings;
    }

    private ObservabilityConfig Observability()
    {
        var json = Optional("OBSERVABILITY_CONFIG");
        var config = new ObservabilityConfig();
        if (json.Length == 0)
            return OlderObservability(config);
        Try("OBSERVABILITY_CONFIG", () => config = ObservabilityJson.Read(json));
        CheckReceiver("tracing", config.Tracing.Protocol, config.Tracing.Endpoint);
        CheckReceiver("request-metrics", config.RequestMetrics.Protocol, config.RequestMetrics.Endpoint);
        return config;
    }

    private void CheckReceiver(string what, string protocol, string endPoint)
    {
        if (OtlpClient.IsRemote(protocol) && OtlpClient.Address(endPoint) is null)
            _problems.Add($"environment variable OBSERVABILITY_CONFIG: the endpoint of {what} is \"{endPoint}\", not a URL");
    }

    private ObservabilityConfig OlderObservability(ObservabilityConfig defaults) => defaults with
    {
        RequestMetrics = new ExportConfig { Protocol = Optional("SERVING_REQUEST_METRICS_BACKEND") == "prometheus" ? "prometheus" : "none" },
        EnableRequestLog = Flag("SERVING_ENABLE_REQUEST_LOG"),
        EnableProbeRequestLog = Flag("SERVING_ENABLE_PROBE_REQUEST_LOG"),
        RequestLogTemplate = Optional("SERVING_REQUEST_LOG_TEMPLATE") is { Length: > 0 } template ? template : defaults.RequestLogTemplate,
        RuntimeProfiling = Flag("ENABLE_PROFILING"),
    };

    // Where Prometheus is to ask: a port, or an address with one, of which only the port counts.
    private int MetricsPort(string endPoint)
    {
        if (Optional("METRICS_PROMETHEUS_PORT") is { Length: > 0 } text)
            return (int)Number("METRICS_PROMETHEUS_PORT", text, 0, ushort.MaxValue);
        var port = endPoint[(endPoint.LastIndexOf(':') + 1)..];
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= ushort.MaxValue ? number : Core.Wire.Ports.UserMetrics;
    }

    private QueueLimits Limits()
    {
        var defaults = QueueLimits.Within(memory);
        return new QueueLimits
        {
            MaxConnections = Integer("KXDS_MAX_CONNECTIONS", 1, int.MaxValue, defaults.MaxConnections),
            MaxHttp2Connections = Integer("KXDS_MAX_HTTP2_CONNECTIONS", 1, int.MaxValue, defaults.MaxHttp2Connections),
            MaxRequests = Integer("KXDS_MAX_REQUESTS", 1, int.MaxValue, defaults.MaxRequests),
            MaxHeaderBytes = Integer("KXDS_MAX_HEADER_BYTES", 1 << 10, 1 << 28, defaults.MaxHeaderBytes),
            HeaderBudgetBytes = Long("KXDS_HEADER_BUDGET_BYTES", 1 << 20, long.MaxValue, defaults.HeaderBudgetBytes),
            HeadersTimeout = Optional("KXDS_HEADERS_TIMEOUT_SECONDS").Length > 0 ? Seconds("KXDS_HEADERS_TIMEOUT_SECONDS", required: true) : defaults.HeadersTimeout,
            ReadBufferBytes = Integer("KXDS_READ_BUFFER_BYTES", 1 << 12, 1 << 26, defaults.ReadBufferBytes),
            MaxProbes = Integer("KXDS_MAX_PROBES", 1, int.MaxValue, defaults.MaxProbes),
            MaxSideConnections = Integer("KXDS_MAX_SIDE_CONNECTIONS", 1, int.MaxValue, defaults.MaxSideConnections),
            Http2WindowBytes = Integer("KXDS_HTTP2_WINDOW_BYTES", QueueLimits.LeastWindowBytes, 1 << 30, defaults.Http2WindowBytes),
            TransferBudgetBytes = Long("KXDS_TRANSFER_BUDGET_BYTES", 1 << 20, long.MaxValue, defaults.TransferBudgetBytes),
            LogBytes = Long("KXDS_LOG_BYTES", 1 << 16, long.MaxValue, defaults.LogBytes),
        };
    }

    private void Try(string name, Action read)
    {
        try
        {
            read();
        }
        catch (FormatException error)
        {
            _problems.Add($"environment variable {name}: {error.Message}");
        }
    }
}
