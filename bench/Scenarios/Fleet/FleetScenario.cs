using System.CommandLine;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Fleet;

/// <summary>How soon a change reaches every one of many streams, what it costs, and what a stream that stops reading costs.</summary>
internal static class FleetScenario
{
    private static readonly Option<int> Streams = new("--streams") { Description = "Number of streams.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> Ingresses = new("--ingresses") { Description = "Number of ingresses.", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Changes = new("--changes") { Description = "Changes, each taken by every stream.", DefaultValueFactory = _ => 60 };

    public static Command Command
    {
        get
        {
            var command = new Command("fleet", "One change to many streams, one of which has stopped reading.") { Streams, Ingresses, Changes };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                await ServerProgram.ChooseAsync(cancellationToken);
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                ResultLine.Print(await RunAsync(parsed.GetValue(Streams), parsed.GetValue(Ingresses), parsed.GetValue(Changes), cancellationToken));
                return 0;
            });
            return command;
        }
    }

    private static async Task<FleetResult> RunAsync(int streams, int ingresses, int changes, CancellationToken cancellationToken)
    {
        await using var bench = await Workbench.StartAsync(cancellationToken);
        var settings = bench.NewServer("server", "127.0.0.1:8080", "127.0.0.1:8081");
        using var server = ServerProcess.Start(bench.Processes, settings);
        await server.ReadyAsync(cancellationToken);
        await using var run = new FleetRun(bench, settings.XdsPort, ingresses, streams, cancellationToken);
        await run.ConnectAsync();
        Progress.Say($"{streams} streams hold everything; server {ProcessFigures.RssMiB(server.Id):0} MiB");

        // The first changes find code that has not run yet.
        await run.RoundAsync(changes / 4);
        var (before, cpu) = (ProcessFigures.RssMiB(server.Id), ProcessFigures.CpuMs(server.Id));
        var reading = await run.RoundAsync(changes);
        var (without, cost) = (ProcessFigures.RssMiB(server.Id), ProcessFigures.CpuMs(server.Id) - cpu);
        Progress.Say($"all streams reading: {before:0} → {without:0} MiB");

        await run.StallAsync();
        var stalled = await run.RoundAsync(changes);
        var with = ProcessFigures.RssMiB(server.Id);
        Progress.Say($"one stream more, not reading: {without:0} → {with:0} MiB");
        var all = reading.Concat(stalled).ToList();
        return new FleetResult
        {
            Api = bench.Api.Name,
            Server = ServerProgram.Kind,
            Ingresses = ingresses,
            Streams = streams,
            Reached = all.Min(change => change.Reached),
            ChangeToAllMsP50 = Math.Round(Percentiles.Of(all.Select(change => change.Ms), 50), 1),
            ChangeToAllMsP99 = Math.Round(Percentiles.Of(all.Select(change => change.Ms), 99), 1),
            CpuMsPerChange = Math.Round(cost / changes, 2),
            RssMiB = Math.Round(with, 1),
            StalledStreamGrowthMiB = Math.Round(with - without, 1),
        };
    }
}
