using System.Globalization;
using Knative.Xds.Sandbox.Composition;
using Spectre.Console;

namespace Knative.Xds.Cli.Up;

/// <summary>Revisions, their mode, pods and requests: one screen on a terminal, a line per change elsewhere.</summary>
internal static class LiveView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    public static Task RunAsync(IAnsiConsole console, SandboxSystem system, TimeProvider time, CancellationToken cancellationToken) =>
        console.Profile.Out.IsTerminal
            ? DrawAsync(console, system, time, cancellationToken)
            : PrintAsync(console, system, time, cancellationToken);

    private static Task DrawAsync(IAnsiConsole console, SandboxSystem system, TimeProvider time, CancellationToken cancellationToken) =>
        console.Live(TableOf(system)).AutoClear(false).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                live.UpdateTarget(TableOf(system));
                live.Refresh();
            }
        });

    private static async Task PrintAsync(IAnsiConsole console, SandboxSystem system, TimeProvider time, CancellationToken cancellationToken)
    {
        var shown = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = system.ManifestProblems.ToHashSet(StringComparer.Ordinal);
        string? gatewayProblem = null;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            foreach (var manifest in system.ManifestProblems.Where(problems.Add))
            {
                console.Profile.Out.Writer.WriteLine($"manifest not applied: {manifest}");
            }

            if (system.GatewayProblem is { } problem && problem != gatewayProblem)
            {
                gatewayProblem = problem;
                console.Profile.Out.Writer.WriteLine($"{problem}; it is started again");
            }

            foreach (var revision in system.View.Current().Revisions)
            {
                var line = LineOf(revision);
                if (shown.GetValueOrDefault(revision.Key.ToString()) != line)
                {
                    shown[revision.Key.ToString()] = line;
                    console.Profile.Out.Writer.WriteLine(line);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    // Requests come and go too fast for lines: only what changes state is printed.
    private static string LineOf(RevisionView revision) =>
        string.Create(CultureInfo.InvariantCulture, $"{revision.Key}: {revision.Mode} mode, {revision.ReadyPods} of {revision.Pods} pods ready, wants {Scale(revision.DesiredScale)}");

    private static Table TableOf(SandboxSystem system)
    {
        var snapshot = system.View.Current();
        var table = new Table().Border(TableBorder.Rounded).Title("Revisions");
        if (system.ManifestProblems is { Count: > 0 } problems)
        {
            table.Caption($"[yellow]manifest not applied:[/] {Markup.Escape(string.Join("\n", problems))}");
        }

        table.AddColumn(new TableColumn("Revision").NoWrap()).AddColumns("Share", "Mode", "Active");
        foreach (var number in new[] { "Wanted", "Pods", "Ready", "In flight", "Waiting" })
        {
            table.AddColumn(new TableColumn(number).RightAligned());
        }

        foreach (var revision in snapshot.Revisions)
        {
            table.AddRow(
                new Text(revision.Key.ToString()), new Text(revision.Share), new Markup(revision.Mode == "Serve" ? "[green]Serve[/]" : "[yellow]Proxy[/]"), new Text(revision.Active),
                new Text(Scale(revision.DesiredScale)), Number(revision.Pods), Number(revision.ReadyPods), Number(revision.InFlight), Number(revision.Waiting));
        }

        return table;
    }

    private static string Scale(int? scale) => scale is null or < 0 ? "-" : scale.Value.ToString(CultureInfo.InvariantCulture);

    private static Markup Number(int number) => new(number == 0 ? "[grey]0[/]" : number.ToString(CultureInfo.InvariantCulture));
}
