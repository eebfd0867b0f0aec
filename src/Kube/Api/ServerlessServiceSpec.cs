using System.Text.Json.Serialization;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>spec of an SKS.</summary>
public sealed class ServerlessServiceSpec
{
    /// <summary><c>Serve</c> or <c>Proxy</c>.</summary>
    [JsonPropertyName("mode")] public string Mode { get; set; } = "";
    /// <summary>The scale target.</summary>
    [JsonPropertyName("objectRef")] public V1ObjectReference? ObjectRef { get; set; }
    /// <summary><c>http1</c> or <c>h2c</c>.</summary>
    [JsonPropertyName("protocolType")] public string ProtocolType { get; set; } = "";
    /// <summary>Size of the activator subset; 0 or absent means all.</summary>
    [JsonPropertyName("numActivators")] public int? NumActivators { get; set; }
}
