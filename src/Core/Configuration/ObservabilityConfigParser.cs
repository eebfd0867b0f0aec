using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Configuration;

/// <summary>Reads config-observability.</summary>
/// <remarks>Source: knative/serving pkg/observability/config.go, knative/pkg observability.</remarks>
public static class ObservabilityConfigParser
{
    private const string LogTemplate = "logging.request-log-template";
    private const string EnableLog = "logging.enable-request-log";
    private const string Sampling = "tracing-sampling-rate";
    private const string Profiling = "runtime-profiling";
    private const string RuntimeInterval = "runtime-export-interval";

    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    /// <remarks>Errors: a bad value gives a problem that names its key, and no config: the last good one stays in force.</remarks>
    public static (ObservabilityConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var reader = new ConfigReader(data);
        var config = Read(reader);
        RequireRequestLog(reader, config);
        return reader.Problem is { } problem
            ? (null, new Problem(configMap, $"data[{problem.Key}]", "InvalidConfig", problem.Message))
            : (config, null);
    }

    private static ObservabilityConfig Read(ConfigReader reader)
    {
        var defaults = new ObservabilityConfig();
        return new ObservabilityConfig
        {
            Tracing = ReadTracing(reader),
            Metrics = ReadExport(reader, ""),
            RequestMetrics = ReadExport(reader, "request-"),
            RuntimeProfiling = ReadProfiling(reader),
            RuntimeExportInterval = ReadInterval(reader, RuntimeInterval, defaults.RuntimeExportInterval),
            EnableVarLogCollection = reader.Bool("logging.enable-var-log-collection", defaults.EnableVarLogCollection),
            LoggingUrlTemplate = reader.Text("logging.revision-url-template", defaults.LoggingUrlTemplate),
            EnableRequestLog = reader.Bool(EnableLog, defaults.EnableRequestLog),
            RequestLogTemplate = reader.Text(LogTemplate, defaults.RequestLogTemplate),
            EnableProbeRequestLog = reader.Bool("logging.enable-probe-request-log", defaults.EnableProbeRequestLog),
        };
    }

    private static TracingConfig ReadTracing(ConfigReader reader)
    {
        var config = new TracingConfig
        {
            Protocol = reader.Text("tracing-protocol", "none"),
            Endpoint = reader.Text("tracing-endpoint", ""),
            SamplingRate = reader.Float(Sampling, 0),
        };
        RequireEndpoint(reader, "tracing", config.Protocol, config.Endpoint, local: "stdout");
        reader.Require(!(config.SamplingRate < 0) && !(config.SamplingRate > 1), Sampling, $"{Sampling} must be in [0, 1], was {config.SamplingRate}");
        return config;
    }

    private static ExportConfig ReadExport(ConfigReader reader, string prefix)
    {
        var config = new ExportConfig
        {
            Protocol = reader.Text(prefix + "metrics-protocol", "none"),
            Endpoint = reader.Text(prefix + "metrics-endpoint", ""),
            ExportInterval = ReadInterval(reader, prefix + "metrics-export-interval", TimeSpan.Zero),
        };
        RequireEndpoint(reader, prefix + "metrics", config.Protocol, config.Endpoint, local: "prometheus");
        return config;
    }

    // What is sent elsewhere needs an address, what is not sent must have none; Prometheus may be told where to listen.
    private static void RequireEndpoint(ConfigReader reader, string what, string protocol, string endpoint, string local)
    {
        var isRemote = protocol is "grpc" or "http/protobuf";
        var isAbsent = protocol == "none" || (protocol == local && local == "stdout");
        reader.Require(isRemote || protocol == "none" || protocol == local, $"{what}-protocol", $"{what}-protocol \"{protocol}\" is not supported");
        reader.Require(!isRemote || endpoint.Length > 0, $"{what}-endpoint", $"{what}-endpoint must be set where {what}-protocol is {protocol}");
        reader.Require(!isAbsent || endpoint.Length == 0, $"{what}-endpoint", $"{what}-endpoint must not be set where {what}-protocol is {protocol}");
    }

    private static bool ReadProfiling(ConfigReader reader)
    {
        var text = reader.Text(Profiling, "disabled");
        reader.Require(text is "enabled" or "disabled", Profiling, $"{Profiling} = \"{text}\" is neither enabled nor disabled");
        return text == "enabled";
    }

    private static TimeSpan ReadInterval(ConfigReader reader, string key, TimeSpan fallback)
    {
        var interval = reader.Duration(key, fallback);
        reader.Require(interval >= TimeSpan.Zero, key, $"{key} must not be negative, was {interval}");
        return interval;
    }

    private static void RequireRequestLog(ConfigReader reader, ObservabilityConfig config)
    {
        reader.Require(!config.EnableRequestLog || config.RequestLogTemplate.Length > 0, LogTemplate, $"{LogTemplate} must be set where {EnableLog} is true");
        try
        {
            GoTemplate.Parse(config.RequestLogTemplate);
        }
        catch (GoTemplateException error)
        {
            reader.Require(false, LogTemplate, $"{LogTemplate}: {error.Message}");
        }
    }
}
