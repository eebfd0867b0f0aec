namespace Knative.Xds.Scenarios.Convergence;

/// <summary>The result of the scenario <c>convergence</c>. Times in ms but where the name says otherwise.</summary>
internal sealed record ConvergenceResult
{
    public string Scenario { get; } = "convergence";
    public required string Api { get; init; }
    public required string Gateway { get; init; }
    /// <summary>Which program the server is: see <see cref="Rig.ServerProgram.Kind"/>.</summary>
    public required string Server { get; init; }
    public required int Ingresses { get; init; }
    public required int Changes { get; init; }
    public required double TranslatedPerChange { get; init; }
    public required double BytesPerChangePerEnvoy { get; init; }
    public required double ServerCpuMsPerChange { get; init; }
    /// <summary>Of Envoy's main thread, which takes configuration; null for the embedded gateway.</summary>
    public double? EnvoyCpuMsPerChange { get; init; }
    public required double WriteToAckMsP50 { get; init; }
    public required double WriteToServingMsP50 { get; init; }
    public required double WriteToServingMsP99 { get; init; }
    public required double WriteToReadyMsP50 { get; init; }
    public required long FailedRequests { get; init; }
    public required double AllReadySecondsAfterLastCreate { get; init; }
}
