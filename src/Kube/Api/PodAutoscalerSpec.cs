using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>spec of a PA.</summary>
public sealed class PodAutoscalerSpec
{
    /// <summary>Requests that one pod may work on at once; 0 or absent means unlimited.</summary>
    [JsonPropertyName("containerConcurrency")] public long? ContainerConcurrency { get; set; }
    /// <summary>What is scaled.</summary>
    [JsonPropertyName("scaleTargetRef")] public ScaleTargetRef ScaleTargetRef { get; set; } = new();
    /// <summary>Empty, <c>Reachable</c> or <c>Unreachable</c>.</summary>
    [JsonPropertyName("reachability")] public string? Reachability { get; set; }
    /// <summary><c>http1</c> or <c>h2c</c>.</summary>
    [JsonPropertyName("protocolType")] public string ProtocolType { get; set; } = "";
}
