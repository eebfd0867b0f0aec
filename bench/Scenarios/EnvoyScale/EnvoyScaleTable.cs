using System.Globalization;
using System.Text;

namespace Knative.Xds.Scenarios.EnvoyScale;

/// <summary>The rows as a table in Markdown, one column for each size.</summary>
internal static class EnvoyScaleTable
{
    private static readonly (string Name, Func<EnvoyScaleResult, string> Value)[] Rows =
    [
        ("Envoy's start until all is served, s", row => Text(row.LoadSeconds, "0.0")),
        ("… CPU of its main thread, ms", row => Text(row.LoadEnvoyCpuMs, "0")),
        ("… sent to it, MiB", row => Text(row.LoadMiB, "0.0")),
        ("Envoy's memory, MiB", row => Text(row.EnvoyRssMiB, "0")),
        ("… after the changes, MiB", row => Text(row.EnvoyRssAfterChangesMiB, "0")),
        ("write to first right answer, p50 / p99, ms", row => $"{Text(row.WriteToServingMsP50, "0.0")} / {Text(row.WriteToServingMsP99, "0.0")}"),
        ("bytes per change", row => Text(row.BytesPerChange, "0")),
        ("CPU of Envoy's main thread per change, ms", row => Text(row.EnvoyCpuMsPerChange, "0.00")),
        ("requests without changes, p99 / max, ms", row => $"{Text(row.RestMsP99, "0.0")} / {Text(row.RestMsMax, "0.0")}"),
        ("requests with 10 changes/s, p99 / max, ms", row => $"{Text(row.ChangingMsP99, "0.0")} / {Text(row.ChangingMsMax, "0.0")}"),
        ("failed requests / dropped connections", row => string.Create(CultureInfo.InvariantCulture, $"{row.FailedRequests} / {row.ConnectionsDropped}")),
        ("sent again to Envoy by a restarted server, bytes", row => Text(row.ReconnectBytes, "0")),
        ("… CPU of its main thread, ms", row => Text(row.ReconnectEnvoyCpuMs, "0")),
    ];

    public static string Of(IReadOnlyCollection<EnvoyScaleResult> sizes)
    {
        var table = new StringBuilder();
        table.Append("| N |").AppendJoin("", sizes.Select(row => string.Create(CultureInfo.InvariantCulture, $" {row.Ingresses:n0} |"))).AppendLine();
        table.Append("| --- |").AppendJoin("", sizes.Select(_ => " --- |")).AppendLine();
        foreach (var (name, value) in Rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {name} |").AppendJoin("", sizes.Select(row => $" {value(row)} |")).AppendLine();
        }

        return table.ToString();
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
