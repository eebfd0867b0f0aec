using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A certificate of a KIngress.</summary>
public sealed class KIngressTls
{
    /// <summary>SNI hosts.</summary>
    [JsonPropertyName("hosts")] public List<string>? Hosts { get; set; }
    /// <summary>Secret with tls.crt and tls.key.</summary>
    [JsonPropertyName("secretName")] public string? SecretName { get; set; }
    /// <summary>Namespace of the Secret.</summary>
    [JsonPropertyName("secretNamespace")] public string? SecretNamespace { get; set; }
}
