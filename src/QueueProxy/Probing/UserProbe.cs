namespace Knative.Xds.QueueProxy.Probing;

/// <summary>A readiness probe of a user container.</summary>
internal sealed record UserProbe
{
    public UserProbeKind Kind { get; init; }

    public string Host { get; init; } = "";

    public int Port { get; init; }

    /// <value>Scheme, path and headers of an HTTP probe.</value>
    public string Scheme { get; init; } = "http";

    public string Path { get; init; } = "/";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <value>Service name of a gRPC probe.</value>
    public string GrpcService { get; init; } = "";

    /// <value>Zero asks for aggressive probing: poll until ready.</value>
    public int PeriodSeconds { get; init; }

    public int TimeoutSeconds { get; init; }

    public int SuccessThreshold { get; init; }

    public bool IsAggressive => PeriodSeconds == 0;
}
