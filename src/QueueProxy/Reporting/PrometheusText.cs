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

    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
            _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    public void Histogram(string name, string labels, BucketCounts histogram)
    {
        var total = 0L;
        for (var bucket = 0; bucket < histogram.Counts.Count; bucket++)
        {
            total += histogram.Counts[bucket];
            var bound = bucket < histogram.Bounds.Length ? histogram.Bounds[bucket].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            Sample(name + "_bucket", $"{labels},le=\"{bound}\"", total);
        }

        Sample(name + "_sum", labels, histogram.Sum);
        Sample(name + "_count", labels, total);
    }

    /// <summary>Labels with their values quoted.</summary>
    public static string Labels(params IEnumerable<(string Name, string Value)> labels) => string.Join(',', labels.Select(label => Label(label.Name, label.Value)));

    public override string ToString() => _text.ToString();

    private static string Label(string name, string value) =>
        $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
