using System.Diagnostics;
using System.Text;
using System.Text.Json;
using OpenTelemetry;

namespace Knative.Xds.Activation.Tracing;

/// <summary>Prints spans, one JSON object a line.</summary>
internal sealed class SpanPrinter : BaseExporter<Activity>
{
    private readonly Stream _output = Console.OpenStandardOutput();

    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var span in batch)
        {
            _output.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
            {
                Name = span.DisplayName,
                TraceID = span.TraceId.ToString(),
                SpanID = span.SpanId.ToString(),
                ParentID = span.ParentSpanId.ToString(),
                StartTime = span.StartTimeUtc,
                EndTime = span.StartTimeUtc + span.Duration,
            }) + "\n"));
        }

        return ExportResult.Success;
    }
}
