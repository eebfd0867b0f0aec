using System.Globalization;
using Knative.Xds.Autoscaler.Explaining;
using Spectre.Console;

namespace Knative.Xds.Cli.Scale;

/// <summary>Why a revision has its scale, for people.</summary>
internal static class ExplainView
{
    public static void Write(IAnsiConsole console, ScaleReport report, int last)
    {
        WriteSummary(console, report);
        console.Write(Decisions(report, last));
        if (report.Plans.Count > 0)
        {
            console.Write(Plans(report, last));
        }

        if (report.Plans is [{ Due: { } due } plan, ..])
        {
            var left = due - report.Now;
            console.MarkupLineInterpolated($"[bold]Next[/] {(left > TimeSpan.Zero ? Text($"in {left.TotalSeconds:0.#} s") : "now")}: {plan.Rule} is looked at again");
        }
    }

    private static void WriteSummary(IAnsiConsole console, ScaleReport report)
    {
        var (now, settings) = (report.Current, report.Settings);
        var lines = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        foreach (var (name, value) in new[]
        {
            ("Revision", Text($"{report.Revision}, decided by {report.Replica} ({report.Bucket})")),
            ("Now", Text($"{now.Replicas?.ToString(CultureInfo.InvariantCulture) ?? "no"} replicas set; {now.Ready} ready, {now.NotReady} not ready ({now.Pending} pending, {now.Terminating} terminating)")),
            ("State", Text($"Active {now.Active}; {(now.Mode.Length > 0 ? now.Mode : "no")} mode; {(settings.Reachable ? "reachable" : "unreachable: no route leads to it")}")),
            ("Data", Data(report)),
            ("Target", Text($"{settings.Target:0.##} {settings.Metric} per pod, of {settings.Total:0.##}; windows {settings.StableWindow:0.##} s and {settings.PanicWindow:0.##} s; panic at {settings.PanicThreshold:0.##} times the ready pods")),
            ("Bounds", Text($"min {settings.MinScale}, max {(settings.MaxScale == 0 ? "none" : settings.MaxScale.ToString(CultureInfo.InvariantCulture))}, initial {settings.InitialScale}, activation {settings.ActivationScale}; up rate {settings.MaxScaleUpRate:0.##}, down rate {settings.MaxScaleDownRate:0.##}, down delay {settings.ScaleDownDelay:0.##} s; burst capacity {settings.TargetBurstCapacity:0.##}")),
        })
        {
            lines.AddRow(new Markup($"[bold]{name}[/]"), new Text(value));
        }

        console.Write(lines);
    }

    private static string Data(ScaleReport report)
    {
        var age = report.Current.NewestData is { } newest ? Text($"newest {Math.Max(0, (report.Now - newest).TotalSeconds):0.#} s old") : "none yet";
        return report.Current.ScrapeProblem is { } problem ? $"{age}; the last scrape failed: {problem}" : age;
    }

    private static Table Decisions(ScaleReport report, int last)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Decisions, the newest first");
        table.AddColumns("Age", "Pods", "Rule", "Why", "Ready", "Average", "Short", "Panic", "Excess");
        foreach (var decision in report.Decisions.Take(last))
        {
            table.AddRow(
                new Text(Age(report.Now, decision.Last, decision.Times)),
                new Markup(decision.Valid ? $"[bold]{decision.Desired}[/]" : "-"),
                new Text(decision.Rule.ToString()),
                new Text(decision.Why),
                new Text(Number(decision.Valid, decision.ReadyPods)),
                new Text(Number(decision.Valid, decision.StableAverage)),
                new Text(Number(decision.Valid, decision.PanicAverage)),
                new Text(decision.Panicking ? "yes" : ""),
                new Text(Number(decision.Valid, decision.ExcessBurstCapacity)));
        }

        return table;
    }

    private static Table Plans(ScaleReport report, int last)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Steps towards the scale target, the newest first");
        table.AddColumns("Age", "Wanted", "Set", "Rule", "Why");
        foreach (var plan in report.Plans.Take(last))
        {
            table.AddRow(
                new Text(Age(report.Now, plan.Last, plan.Times)), new Markup(plan.Want < 0 ? "-" : $"[bold]{plan.Want}[/]"), new Text(plan.Apply ? "yes" : "no"),
                new Text(plan.Rule.ToString()), new Text(plan.Why));
        }

        return table;
    }

    private static string Age(DateTimeOffset now, DateTimeOffset at, int times) =>
        Text($"{Math.Max(0, (now - at).TotalSeconds):0.#} s{(times > 1 ? Text($" ({times} times)") : "")}");

    private static string Number(bool valid, double number) => valid ? number.ToString("0.##", CultureInfo.InvariantCulture) : "";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
