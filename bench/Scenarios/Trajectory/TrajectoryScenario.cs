using System.CommandLine;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Trajectory;

/// <summary>Draws the load step that the tests hold against upstream's trajectory.</summary>
internal static class TrajectoryScenario
{
    private static readonly Argument<FileInfo> Series = new("CSV") { Description = "The series, as the tests keep them: docs/load-step.csv." };
    private static readonly Argument<FileInfo> Plot = new("SVG") { Description = "The plot to write: docs/load-step.svg." };

    public static Command Command
    {
        get
        {
            var command = new Command("trajectory", "Draw the scale after a load step.") { Series, Plot };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                var rows = (await File.ReadAllLinesAsync(parsed.GetRequiredValue(Series).FullName, cancellationToken)).Skip(1).Select(TrajectoryRow.Parse).ToList();
                await File.WriteAllTextAsync(parsed.GetRequiredValue(Plot).FullName, TrajectoryPlot.Draw(rows), cancellationToken);
                Progress.Say($"drew {rows.Count} seconds to {parsed.GetRequiredValue(Plot).FullName}");
                ResultLine.Print(new
                {
                    Scenario = "trajectory",
                    Seconds = rows.Count - 1,
                    Differences = rows.Count(row => row.Upstream != row.Ours),
                    SecondsToFullScale = rows.First(row => row.Ours == rows[^1].Ours).Second - rows.First(row => row.Load > 0).Second,
                    FullScale = rows[^1].Ours,
                });
            });
            return command;
        }
    }
}
