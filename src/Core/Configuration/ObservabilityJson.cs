using System.Text.Json;
using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Configuration;

/// <summary>The form in which a sidecar is told the cluster's observability settings (OBSERVABILITY_CONFIG).</summary>
/// <remarks>Shape: what is zero is left out; intervals are nanoseconds. Source: knative/serving pkg/observability/config.go.</remarks>
public static class ObservabilityJson
{
    /// <summary>Writes the settings, byte for byte as upstream.</summary>
    public static string Write(ObservabilityConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var json = new JsonObject
        {
            ["tracing"] = Object(("protocol", Text(config.Tracing.Protocol)), ("endpoint", Text(config.Tracing.Endpoint)), ("samplingRate", Number(config.Tracing.SamplingRate))),
            ["metrics"] = Export(config.Metrics),
            ["runtime"] = Object(("profiling", config.RuntimeProfiling ? "enabled" : "disabled"), ("exportInterval", Interval(config.RuntimeExportInterval))),
            ["requestMetrics"] = Export(config.RequestMetrics),
        };
        Add(json, "EnableVarLogCollection", Flag(config.EnableVarLogCollection));
        Add(json, "LoggingURLTemplate", Text(config.LoggingUrlTemplate));
        Add(json, "enableRequestLog", Flag(config.EnableRequestLog));
        Add(json, "requestLogTemplate", Text(config.RequestLogTemplate));
        Add(json, "enableProbeRequestLog", Flag(config.EnableProbeRequestLog));
        return GoJson.Write(json);
    }

    /// <summary>Reads the settings: the defaults, with what the JSON says laid over them. Empty text is the defaults.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> for anything else.</remarks>
    public static ObservabilityConfig Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var defaults = new ObservabilityConfig();
        if (json.Length == 0)
        {
            return defaults;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Null ? defaults : Overlay(defaults, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"the observability configuration cannot be read: {error.Message}", error);
        }
    }

    private static ObservabilityConfig Overlay(ObservabilityConfig defaults, JsonElement root)
    {
        var (tracing, runtime) = (Member(root, "tracing"), Member(root, "runtime"));
        return new ObservabilityConfig
        {
            Tracing = new TracingConfig
            {
                Protocol = Text(tracing, "protocol", defaults.Tracing.Protocol),
                Endpoint = Text(tracing, "endpoint", ""),
                SamplingRate = Member(tracing, "samplingRate")?.GetDouble() ?? 0,
            },
            Metrics = ReadExport(Member(root, "metrics")),
            RequestMetrics = ReadExport(Member(root, "requestMetrics")),
            RuntimeProfiling = Text(runtime, "profiling", "disabled") == "enabled",
            RuntimeExportInterval = ReadInterval(runtime, defaults.RuntimeExportInterval),
            EnableVarLogCollection = Flag(root, "EnableVarLogCollection"),
            LoggingUrlTemplate = Text(root, "LoggingURLTemplate", ""),
            EnableRequestLog = Flag(root, "enableRequestLog"),
            RequestLogTemplate = Text(root, "requestLogTemplate", defaults.RequestLogTemplate),
            EnableProbeRequestLog = Flag(root, "enableProbeRequestLog"),
        };
    }

    private static ExportConfig ReadExport(JsonElement? export) => new()
    {
        Protocol = Text(export, "protocol", "none"),
        Endpoint = Text(export, "endpoint", ""),
        ExportInterval = ReadInterval(export, TimeSpan.Zero),
    };

    private static TimeSpan ReadInterval(JsonElement? element, TimeSpan fallback) =>
        Member(element, "exportInterval") is { } interval ? TimeSpan.FromTicks(interval.GetInt64() / TimeSpan.NanosecondsPerTick) : fallback;

    private static string Text(JsonElement? element, string name, string fallback) => Member(element, name)?.GetString() ?? fallback;

    private static bool Flag(JsonElement? element, string name) => Member(element, name)?.GetBoolean() ?? false;

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { } parent && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonObject Export(ExportConfig config) =>
        Object(("protocol", Text(config.Protocol)), ("endpoint", Text(config.Endpoint)), ("exportInterval", Interval(config.ExportInterval)));

    private static JsonObject Object(params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members)
        {
            Add(json, name, value);
        }

        return json;
    }

    private static void Add(JsonObject json, string name, JsonNode? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private static JsonValue? Text(string text) => text.Length == 0 ? null : JsonValue.Create(text);

    private static JsonValue? Flag(bool flag) => flag ? JsonValue.Create(true) : null;

    private static JsonValue? Number(double number) => number == 0 ? null : JsonValue.Create(number);

    private static JsonValue? Interval(TimeSpan interval) => interval == TimeSpan.Zero ? null : JsonValue.Create(interval.Ticks * TimeSpan.NanosecondsPerTick);
}
