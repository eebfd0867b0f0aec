namespace Knative.Xds.Scenarios.EnvoyScale;

/// <summary>What a number of ingresses costs a gateway: one row of the scenario <c>envoy-scale</c>.</summary>
internal sealed record EnvoyScaleResult
{
    public string Scenario { get; } = "envoy-scale";
    public required string Api { get; init; }
    /// <summary>Which program the server is: see <see cref="Rig.ServerProgram.Kind"/>.</summary>
    public required string Server { get; init; }
    public required int Ingresses { get; init; }
    /// <summary>From the start of Envoy until hosts all over the ingresses are served.</summary>
    public required double LoadSeconds { get; init; }
    /// <summary>Of Envoy's main thread.</summary>
    public required double LoadEnvoyCpuMs { get; init; }
    public required double LoadMiB { get; init; }
    public required double EnvoyRssMiB { get; init; }
    public required double WriteToServingMsP50 { get; init; }
    public required double WriteToServingMsP99 { get; init; }
    public required double BytesPerChange { get; init; }
    public required double EnvoyCpuMsPerChange { get; init; }
    /// <summary>Latency of the requests beside it, without changes.</summary>
    public required double RestMsP99 { get; init; }
    public required double RestMsMax { get; init; }
    /// <summary>The same with ten changes per second.</summary>
    public required double ChangingMsP99 { get; init; }
    public required double ChangingMsMax { get; init; }
    public required long FailedRequests { get; init; }
    /// <summary>Connections of the clients that the gateway closed.</summary>
    public required int ConnectionsDropped { get; init; }
    public required double EnvoyRssAfterChangesMiB { get; init; }
    /// <summary>What Envoy is sent when it comes back to a server that was started anew.</summary>
    public required double ReconnectBytes { get; init; }
    public required double ReconnectEnvoyCpuMs { get; init; }
}
