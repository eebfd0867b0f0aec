using System.Globalization;
using Knative.Xds.Autoscaler.Explaining;
using Spectre.Console;

namespace Knative.Xds.Cli.Scale;

/// <summary>Replicas, buckets and owners, for people.</summary>
internal static class StatusView
{
    public static void Write(IAnsiConsole console, SystemReport report)
    {
        var leases = report.LeaseDuration is { } duration ? FormattableString.Invariant($"leases of {duration:0.##} s") : "no leases: one replica alone";
        console.MarkupLineInterpolated($"[bold]{report.Replica}[/] decides {report.Revisions} revisions; {leases}");
        var table = new Table().Border(TableBorder.Rounded).Title("Buckets");
        table.AddColumns("Bucket", "Owner", "Revisions");
        foreach (var bucket in report.Buckets)
        {
            table.AddRow(new Text(bucket.Name), new Text(Owner(bucket)), new Text(bucket.Revisions.ToString(CultureInfo.InvariantCulture)));
        }

        console.Write(table);
        var replicas = report.Buckets.Select(bucket => bucket.Owner).Where(owner => owner.Length > 0).Append(report.Replica).Distinct(StringComparer.Ordinal).ToList();
        console.WriteLine(FormattableString.Invariant($"{replicas.Count} replica(s) known: {string.Join(", ", replicas)}"));
        if (report.Ticks.LatenessMs is { Count: > 0 } lateness)
        {
            var sorted = lateness.Order().ToList();
            console.WriteLine(FormattableString.Invariant(
                $"Ticks of {report.Ticks.IntervalMs:0} ms: {report.Ticks.Count}; the last {sorted.Count} were done {sorted[sorted.Count / 2]:0.#} ms (median), {sorted[^1]:0.#} ms (most) after they were due"));
        }
    }

    private static string Owner(SystemReport.BucketReport bucket) => bucket.Owner.Length == 0 ? "nobody" : bucket.Owned ? $"{bucket.Owner} (this one)" : bucket.Owner;
}
