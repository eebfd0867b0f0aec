namespace Knative.Xds.Scenarios.Soak;

/// <summary>The result of the scenario <c>soak</c>.</summary>
internal sealed record SoakResult
{
    public string Scenario { get; } = "soak";
    public required string Api { get; init; }
    /// <summary>Which program the server is: see <see cref="Rig.ServerProgram.Kind"/>.</summary>
    public required string Server { get; init; }
    public required double Minutes { get; init; }
    public required int Ingresses { get; init; }
    /// <summary>Requests to hosts that nothing was changed for.</summary>
    public required long Requests { get; init; }
    /// <summary>Those that were not answered as they should be.</summary>
    public required long Failed { get; init; }
    public required long Changes { get; init; }
    /// <summary>Replicas of the server killed.</summary>
    public required int Kills { get; init; }
    public required int GatewayRestarts { get; init; }
    /// <summary>Whether every ingress was ready within a minute after the last change.</summary>
    public required bool AllReadyAtEnd { get; init; }
    /// <summary>Resident memory of each process; the first of each kind runs from <c>start</c> to <c>end</c>, the others are killed time and again.</summary>
    public required IReadOnlyDictionary<string, MemoryOverTime> RssMiB { get; init; }
    /// <summary>What objects take in the first server, at the least of each time.</summary>
    public required MemoryOverTime HeapMiB { get; init; }
}
