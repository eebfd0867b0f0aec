namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>What a span is of, in OpenTelemetry's numbers.</summary>
internal enum SpanKind
{
    /// <summary>Something within.</summary>
    Internal = 1,

    /// <summary>A request that was taken.</summary>
    Server = 2,
}
