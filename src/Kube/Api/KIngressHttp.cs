using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>The route table of a rule.</summary>
public sealed class KIngressHttp
{
    /// <summary>Entries, in order.</summary>
    [JsonPropertyName("paths")] public List<KIngressPath>? Paths { get; set; }
}
