namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>The result of the scenario <c>autoscaler</c>.</summary>
internal sealed record AutoscalerResult
{
    public string Scenario { get; } = "autoscaler";
    public required int Revisions { get; init; }
    public required int Pods { get; init; }
    /// <summary>Ticks that were measured, of 2 s each.</summary>
    public required int Ticks { get; init; }
    /// <summary>CPU time of the autoscaler's process, user and system, in 2 s.</summary>
    public required double CpuSecondsPerTick { get; init; }
    /// <summary>From when a tick was due until its last revision was decided.</summary>
    public required double TickLatenessMsP99 { get; init; }
    public required long AllocatedBytesPerTick { get; init; }
    public required double RssMiB { get; init; }
    /// <summary>Answers of pods in 2 s.</summary>
    public required double ScrapesPerTick { get; init; }
    /// <summary>Of a sample of 20 revisions, those whose last decision is what their load asks for.</summary>
    public required int DecidedRight { get; init; }
}
