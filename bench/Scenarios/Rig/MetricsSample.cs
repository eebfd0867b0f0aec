using System.Globalization;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A service's metrics at one moment.</summary>
internal sealed class MetricsSample
{
    private readonly List<(string Series, double Value)> _series = [];

    /// <summary>Reads Prometheus' text format.</summary>
    public static MetricsSample Parse(string text)
    {
        var sample = new MetricsSample();
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var space = line.LastIndexOf(' ');
            sample._series.Add((line[..space], double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture)));
        }

        return sample;
    }

    /// <summary>Sum of all series of a metric; 0 when there are none.</summary>
    public double Sum(string name) =>
        _series.Where(entry => entry.Series == name || entry.Series.StartsWith(name + "{", StringComparison.Ordinal)).Sum(entry => entry.Value);

    /// <summary>The one series of a metric with a label; 0 when there is none.</summary>
    public double Of(string name, string label, string value) =>
        _series.Where(entry => entry.Series.StartsWith(name + "{", StringComparison.Ordinal) && entry.Series.Contains($"{label}=\"{value}\"", StringComparison.Ordinal)).Sum(entry => entry.Value);
}
