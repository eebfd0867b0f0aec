using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>spec of a Revision, as far as the data path reads it.</summary>
public sealed class ServingRevisionSpec
{
    /// <summary>Requests that one pod may work on at once; 0 or absent means unlimited.</summary>
    [JsonPropertyName("containerConcurrency")] public long? ContainerConcurrency { get; set; }
    /// <summary>How long a request may take in all, in seconds.</summary>
    [JsonPropertyName("timeoutSeconds")] public long? TimeoutSeconds { get; set; }
    /// <summary>How long the first byte of a response may take, in seconds; 0 or absent means no limit.</summary>
    [JsonPropertyName("responseStartTimeoutSeconds")] public long? ResponseStartTimeoutSeconds { get; set; }
    /// <summary>How long a response may pause, in seconds; 0 or absent means no limit.</summary>
    [JsonPropertyName("idleTimeoutSeconds")] public long? IdleTimeoutSeconds { get; set; }
    /// <summary>Its containers; the only one, or the first with a port, gets the requests.</summary>
    [JsonPropertyName("containers")] public List<ServingContainer>? Containers { get; set; }

    /// <summary>The container that requests go to; null when there is none.</summary>
    [JsonIgnore] public ServingContainer? Serving => Containers is { Count: 1 } ? Containers[0] : Containers?.FirstOrDefault(container => container.Ports is { Count: > 0 });
}
