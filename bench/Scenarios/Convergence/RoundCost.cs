namespace Knative.Xds.Scenarios.Convergence;

/// <summary>Counters at a moment, or what they grew by in a time.</summary>
internal sealed record RoundCost
{
    /// <summary>The moment, or the time.</summary>
    public required TimeSpan At { get; init; }
    public required double Translations { get; init; }
    public required double Bytes { get; init; }
    public required double ServerCpuMs { get; init; }
    public double? GatewayCpuMs { get; init; }

    /// <summary>Growth since an earlier moment.</summary>
    public RoundCost Since(RoundCost before) => Less(before, 1) with { At = At - before.At };

    /// <summary>What a time cost beyond another time in which nothing was changed.</summary>
    public RoundCost Beyond(RoundCost idle) => Less(idle, At / idle.At);

    private RoundCost Less(RoundCost other, double factor) => this with
    {
        Translations = Translations - (factor * other.Translations),
        Bytes = Bytes - (factor * other.Bytes),
        ServerCpuMs = ServerCpuMs - (factor * other.ServerCpuMs),
        GatewayCpuMs = GatewayCpuMs - (factor * other.GatewayCpuMs),
    };
}
