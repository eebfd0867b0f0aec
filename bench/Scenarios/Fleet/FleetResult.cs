namespace Knative.Xds.Scenarios.Fleet;

/// <summary>The result of the scenario <c>fleet</c>.</summary>
internal sealed record FleetResult
{
    public string Scenario { get; } = "fleet";
    public required string Api { get; init; }
    /// <summary>Which program the server is: see <see cref="Rig.ServerProgram.Kind"/>.</summary>
    public required string Server { get; init; }
    public required int Ingresses { get; init; }
    public required int Streams { get; init; }
    /// <summary>Streams that every change reached.</summary>
    public required int Reached { get; init; }
    /// <summary>From the write to the API until the last stream had the change.</summary>
    public required double ChangeToAllMsP50 { get; init; }
    public required double ChangeToAllMsP99 { get; init; }
    public required double CpuMsPerChange { get; init; }
    public required double RssMiB { get; init; }
    /// <summary>What the server's memory grew by from before the stream that does not read came, over as many changes as without it.</summary>
    public required double StalledStreamGrowthMiB { get; init; }
}
