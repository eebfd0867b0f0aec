using System.Globalization;
using System.Text.Json;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>Reads SERVING_READINESS_PROBE: a core/v1 Probe as JSON, or an array of them.</summary>
/// <remarks>
/// Errors: <see cref="FormatException"/>, naming the variable, for anything else.
/// Source: knative/serving pkg/queue/readiness/probe_encoding.go.
/// </remarks>
internal static class UserProbeParser
{
    private const string Loopback = "127.0.0.1";

    /// <param name="json">The variable's value; empty means no probe, hence always ready.</param>
    /// <param name="userHost">Stands in for the loopback address, which is where a pod with its own network namespace finds its user container.</param>
    public static IReadOnlyList<UserProbe> Parse(string json, string userHost)
    {
        if (json.Length == 0)
            return [];
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(element => ParseProbe(element, userHost))] : [ParseProbe(root, userHost)];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"environment variable SERVING_READINESS_PROBE is no probe: {exception.Message}", exception);
        }
    }

    private static UserProbe ParseProbe(JsonElement probe, string userHost)
    {
        if (probe.ValueKind == JsonValueKind.Null)
            return new UserProbe();
        var timing = new UserProbe
        {
            PeriodSeconds = Number(probe, "periodSeconds"),
            TimeoutSeconds = Number(probe, "timeoutSeconds"),
            SuccessThreshold = Number(probe, "successThreshold"),
        };
        if (Member(probe, "httpGet") is { } http)
            return ParseHttp(timing, http, userHost);
        if (Member(probe, "tcpSocket") is { } tcp)
            return timing with { Kind = UserProbeKind.Tcp, Host = Host(tcp, userHost), Port = Port(tcp) };
        return Member(probe, "grpc") is { } grpc
            ? timing with { Kind = UserProbeKind.Grpc, Host = userHost, Port = Port(grpc), GrpcService = Text(grpc, "service") }
            : timing;
    }

    private static UserProbe ParseHttp(UserProbe timing, JsonElement http, string userHost)
    {
        var path = Text(http, "path");
        return timing with
        {
            Kind = UserProbeKind.Http,
            Host = Host(http, userHost),
            Port = Port(http),
            Scheme = Text(http, "scheme").Equals("HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http",
            Path = path.StartsWith('/') ? path : "/" + path,
            Headers = Member(http, "httpHeaders") is not { } headers ? []
                : [.. headers.EnumerateArray().Select(header => KeyValuePair.Create(Text(header, "name"), Text(header, "value")))],
        };
    }

    private static string Host(JsonElement handler, string userHost) =>
        Text(handler, "host") is { Length: > 0 } host && host != Loopback ? host : userHost;

    // An IntOrString: the controller writes a number, but text is legal.
    private static int Port(JsonElement handler)
    {
        var port = Member(handler, "port") ?? throw new FormatException("port is missing");
        var text = port.ValueKind == JsonValueKind.String ? port.GetString()! : port.GetRawText();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= ushort.MaxValue
            ? number
            : throw new FormatException($"port is {port.GetRawText()}, not a number from 1 to {ushort.MaxValue}");
    }

    private static int Number(JsonElement element, string name) => Member(element, name)?.GetInt32() ?? 0;

    private static string Text(JsonElement element, string name) => Member(element, name)?.GetString() ?? "";

    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
