using System.Text.Json;

namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>Prints spans, one JSON object a line.</summary>
internal sealed class SpanPrinter(Stream output)
{
    public async Task PrintAsync(IReadOnlyList<FinishedSpan> spans, CancellationToken cancellationToken)
    {
        foreach (var span in spans)
        {
            using var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
                Write(json, span);
            line.WriteByte((byte)'\n');
            await output.WriteAsync(line.ToArray(), cancellationToken);
        }

        await output.FlushAsync(cancellationToken);
    }

    private static void Write(Utf8JsonWriter json, FinishedSpan span)
    {
        json.WriteStartObject();
        json.WriteString("Name", span.Name);
        json.WriteString("TraceID", span.TraceId);
        json.WriteString("SpanID", span.SpanId);
        json.WriteString("ParentID", span.ParentId);
        json.WriteString("StartTime", span.Start);
        json.WriteString("EndTime", span.End);
        json.WriteNumber("Status", span.Status);
        json.WriteEndObject();
    }
}
