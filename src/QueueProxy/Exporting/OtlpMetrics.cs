using Knative.Xds.Core.Admission;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>The metrics as a message for an OpenTelemetry receiver.</summary>
/// <remarks>Shape: counts since the start. Source: open-telemetry/opentelemetry-proto metrics/v1.</remarks>
internal sealed class OtlpMetrics(QueueOptions options, RequestMetrics metrics, Breaker? breaker, DateTimeOffset start)
{
    private const ulong Cumulative = 2;

    public byte[] Encode(DateTimeOffset now) => OtlpMessages.Request(options, scope =>
    {
        Histogram(scope, "http.server.request.duration", now, metrics.Requests.Select(entry => (Attributes(entry.Key), entry.Value)));
        Histogram(scope, "http.client.request.duration", now, metrics.Invocations.Select(entry => (Attributes(entry.Key.Method, entry.Key.Status), entry.Value)));
        Histogram(scope, "kn.serving.invocation.duration", now, metrics.Invocations.Select(entry => (Attributes("", entry.Key.Status), entry.Value)));
        if (breaker is not null)
            QueueDepth(scope, breaker.InFlight, now);
    });

    private void Histogram(ProtoWriter scope, string name, DateTimeOffset now, IEnumerable<(Action<ProtoWriter> Attributes, DurationSeries Series)> points) =>
        scope.Message(2, metric => metric.Text(1, name).Text(3, "s").Message(9, histogram =>
        {
            foreach (var (attributes, series) in points)
                histogram.Message(1, point => Point(point, attributes, series, now));
            histogram.Number(2, Cumulative);
        }));

    private void Point(ProtoWriter point, Action<ProtoWriter> attributes, DurationSeries series, DateTimeOffset now)
    {
        var counts = new BucketCounts(DurationSeries.SecondsBounds);
        series.AddSecondsTo(counts);
        point.Fixed(2, UnixTime.Nanoseconds(start)).Fixed(3, UnixTime.Nanoseconds(now)).Fixed(4, (ulong)counts.Total).Double(5, counts.Sum)
            .Packed(6, counts.Counts.Select(count => (ulong)count))
            .Packed(7, counts.Bounds.Select(bound => (ulong)BitConverter.DoubleToInt64Bits(bound)));
        attributes(point);
    }

    private void QueueDepth(ProtoWriter scope, int depth, DateTimeOffset now) =>
        scope.Message(2, metric => metric.Text(1, "kn.serving.queue.depth").Text(3, "{item}").Message(5, gauge => gauge.Message(1, point => point
            .Fixed(2, UnixTime.Nanoseconds(start)).Fixed(3, UnixTime.Nanoseconds(now)).Fixed(6, (ulong)depth))));

    private static Action<ProtoWriter> Attributes(RequestKey key) => point =>
    {
        Attributes(key.Method, key.Status)(point);
        OtlpMessages.Attribute(point, 9, "kn.route.tag", key.RouteTag);
        OtlpMessages.Attribute(point, 9, "network.protocol.version", key.IsHttp2 ? "2" : "1.1");
        OtlpMessages.Attribute(point, 9, "url.scheme", key.IsHttps ? "https" : "http");
    };

    private static Action<ProtoWriter> Attributes(string method, int status) => point =>
    {
        if (method.Length > 0)
            OtlpMessages.Attribute(point, 9, "http.request.method", method);
        OtlpMessages.Attribute(point, 9, "http.response.status_code", status);
    };
}
