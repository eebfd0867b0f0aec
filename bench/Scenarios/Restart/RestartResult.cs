namespace Knative.Xds.Scenarios.Restart;

/// <summary>The result of the scenario <c>restart</c>.</summary>
internal sealed record RestartResult
{
    public string Scenario { get; } = "restart";
    public required string Api { get; init; }
    public required string Gateway { get; init; }
    /// <summary>Which program the server is: see <see cref="Rig.ServerProgram.Kind"/>.</summary>
    public required string Server { get; init; }
    public required int Ingresses { get; init; }
    /// <summary>How many of them have a certificate.</summary>
    public required int Certificates { get; init; }
    /// <summary>From the start of the server's process until a new gateway held everything: the median of all restarts.</summary>
    public required double SecondsToComplete { get; init; }
    public required IReadOnlyList<double> SecondsOfEach { get; init; }
    /// <summary>Answers for a whole collection that lacked a resource, and removals.</summary>
    public required int PartialPushes { get; init; }
    /// <summary>What a gateway that was connected before was sent again.</summary>
    public required long BytesResentPerEnvoy { get; init; }
    public required double RssMiB { get; init; }
}
