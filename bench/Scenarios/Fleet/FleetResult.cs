namespace Knative.Xds.Scenarios.Fleet;

/// <summary>The result of the scenario <c>fleet</c>.</summary>
internal sealed record FleetResult
{
    public string Scenario { get; } = "fleet";
    public required string Api { get; init; }
    public required int Ingresses { get; init; }
    public required int Streams { get; init; }
    /// <summary>Streams that every change reached.</summary>
    public required int Reached { get; init; }
    /// <summary>From the write to the API until the last stream had the change.</summary>
    public required double ChangeToAllMsP50 { get; init; }
    public required double ChangeToAllMsP99 { get; init; }
    public required double CpuMsPerChange { get; init; }
    public required double RssMiB { get; init; }
    /// <summary>How much more the server's memory grew in as many changes with a stream that does not read.</summary>
    public required double StalledStreamGrowthMiB { get; init; }
}
