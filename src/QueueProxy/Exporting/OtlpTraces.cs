using Knative.Xds.QueueProxy.Tracing;

namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>Spans as a message for an OpenTelemetry receiver.</summary>
/// <remarks>Source: open-telemetry/opentelemetry-proto trace/v1.</remarks>
internal static class OtlpTraces
{
    private const int FirstError = 500;
    private const ulong Error = 2;

    public static byte[] Encode(QueueOptions options, IReadOnlyList<FinishedSpan> spans) => OtlpMessages.Request(options, scope =>
    {
        foreach (var span in spans)
            scope.Message(2, writer => Write(writer, span));
    });

    private static void Write(ProtoWriter writer, FinishedSpan span)
    {
        writer.Bytes(1, Convert.FromHexString(span.TraceId)).Bytes(2, Convert.FromHexString(span.SpanId));
        if (span.ParentId.Length > 0)
            writer.Bytes(4, Convert.FromHexString(span.ParentId));
        writer.Text(5, span.Name).Number(6, (ulong)span.Kind).Fixed(7, UnixTime.Nanoseconds(span.Start)).Fixed(8, UnixTime.Nanoseconds(span.End));
        if (span.Method.Length > 0)
            OtlpMessages.Attribute(writer, 9, "http.request.method", span.Method);
        if (span.Path.Length > 0)
            OtlpMessages.Attribute(writer, 9, "url.path", span.Path);
        if (span.Status > 0)
            OtlpMessages.Attribute(writer, 9, "http.response.status_code", span.Status);
        if (span.Status >= FirstError)
            writer.Message(15, status => status.Number(3, Error));
    }
}
