using System.Globalization;
using System.Text;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Writes metrics in Prometheus' text format.</summary>
/// <remarks>By hand: the client library costs start-up time and memory in every pod. Source: Prometheus exposition format 0.0.4.</remarks>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    public void Header(string name, string type, string help) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    public void Sample(string name, string labels, double value) =>
        _text.Append(name).Append('{').Append(labels).Append("} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');

    public void Histogram(string name, string labels, Histogram histogram)
    {
        var (counts, sum) = histogram.Read();
        var total = 0L;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            total += counts[bucket];
            var bound = bucket < Reporting.Histogram.Bounds.Length ? Reporting.Histogram.Bounds[bucket].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            Sample(name + "_bucket", $"{labels},le=\"{bound}\"", total);
        }

        Sample(name + "_sum", labels, sum);
        Sample(name + "_count", labels, total);
    }

    /// <summary>A label with its value quoted.</summary>
    public static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    public override string ToString() => _text.ToString();
}
