using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>spec of a KIngress.</summary>
public sealed class KIngressSpec
{
    /// <summary>Certificates.</summary>
    [JsonPropertyName("tls")] public List<KIngressTls>? Tls { get; set; }
    /// <summary>Host rules.</summary>
    [JsonPropertyName("rules")] public List<KIngressRule>? Rules { get; set; }
    /// <summary><c>Enabled</c>, <c>Redirected</c> or empty.</summary>
    [JsonPropertyName("httpOption")] public string? HttpOption { get; set; }
}
