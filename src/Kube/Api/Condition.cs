using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A Knative status condition.</summary>
/// <remarks>Source: knative/pkg apis/condition_types.go.</remarks>
public sealed record Condition
{
    /// <summary>Type, CamelCase.</summary>
    [JsonPropertyName("type")] public string Type { get; init => field = value ?? ""; } = "";
    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    [JsonPropertyName("status")] public string Status { get; init => field = value ?? "Unknown"; } = "Unknown";
    /// <summary>null (error), <c>Warning</c> or <c>Info</c>.</summary>
    [JsonPropertyName("severity")] public string? Severity { get; init; }
    /// <summary>When anything but this instant last changed; RFC 3339, seconds.</summary>
    [JsonPropertyName("lastTransitionTime")] public DateTime? LastTransitionTime { get; init; }
    /// <summary>CamelCase word; null when none.</summary>
    [JsonPropertyName("reason")] public string? Reason { get; init; }
    /// <summary>Sentence; null when none.</summary>
    [JsonPropertyName("message")] public string? Message { get; init; }
}
