namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>A span that has ended.</summary>
internal sealed record FinishedSpan
{
    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    /// <value>Empty at the root.</value>
    public required string ParentId { get; init; }

    public required string Name { get; init; }

    public SpanKind Kind { get; init; }

    public DateTimeOffset Start { get; init; }

    public DateTimeOffset End { get; init; }

    public string Method { get; init; } = "";

    public string Path { get; init; } = "";

    /// <value>Zero where there is none.</value>
    public int Status { get; init; }
}
