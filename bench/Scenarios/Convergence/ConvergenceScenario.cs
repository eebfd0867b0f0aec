using System.CommandLine;
using System.Globalization;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Convergence;

/// <summary>How soon one change of one ingress is in effect, and what it costs, among N ingresses.</summary>
internal static class ConvergenceScenario
{
    private static readonly Option<int> Ingresses = new("--ingresses") { Description = "Number of ingresses.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> WarmUp = new("--warm-up-changes") { Description = "Changes before any is measured.", DefaultValueFactory = _ => 300 };
    private static readonly Option<int> Watched = new("--watched-changes") { Description = "Changes whose time is taken.", DefaultValueFactory = _ => 60 };
    private static readonly Option<int> Measured = new("--measured-changes") { Description = "Changes whose CPU is measured.", DefaultValueFactory = _ => 600 };

    public static Command Command
    {
        get
        {
            var command = new Command("convergence", "Time and cost of one change of one ingress, among many, under traffic.") { Ingresses, WarmUp, Watched, Measured };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                await ServerProgram.ChooseAsync(cancellationToken);
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                ResultLine.Print(await RunAsync(parsed.GetValue(Ingresses), parsed.GetValue(WarmUp), parsed.GetValue(Watched), parsed.GetValue(Measured), cancellationToken));
                return 0;
            });
            return command;
        }
    }

    private static async Task<ConvergenceResult> RunAsync(int ingresses, int warmUp, int watched, int measured, CancellationToken cancellationToken)
    {
        await using var bench = await Workbench.StartAsync(cancellationToken);
        var listeners = FreePorts.Take(2).Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")).ToArray();
        var settings = bench.NewServer("server", listeners[0], listeners[1]);
        using var server = ServerProcess.Start(bench.Processes, settings);
        await server.ReadyAsync(cancellationToken);
        await using var gateway = await Gateway.StartAsync(bench, "gateway", settings.XdsPort);
        await using var run = new ConvergenceRun(bench, server, gateway, listeners[0], ingresses, cancellationToken);
        var allReady = await run.CreateAsync();

        await using var traffic = await run.StartTrafficAsync();
        Progress.Say("traffic runs");
        await run.WarmUpAsync(warmUp);
        Progress.Say("the server is warm and rests");
        var times = await run.WatchedRoundAsync(watched);
        Say("until the API had written", times.Select(time => time.Written));
        Say("until the gateway's ACK was here", times.Select(time => time.Acked));
        Say("until a request was served", times.Select(time => time.Serving));
        Say("until the status said so", times.Select(time => time.Ready));
        var cost = await run.MeasuredRoundAsync(measured);
        await traffic.StopAsync();
        Say("request latency", traffic.TakeLatencies());
        Progress.Say($"{traffic.Sent} requests, failed: {string.Join(", ", traffic.Failures)}; server {ProcessFigures.RssMiB(server.Id):0} MiB, gateway {(gateway.Id is { } id ? ProcessFigures.RssMiB(id) : 0):0} MiB");
        return new ConvergenceResult
        {
            Api = bench.Api.Name,
            Gateway = gateway.Name,
            Server = ServerProgram.Kind,
            Ingresses = ingresses,
            Changes = watched + measured,
            TranslatedPerChange = Rounded(cost.Translations / measured),
            BytesPerChangePerEnvoy = Rounded(cost.Bytes / measured),
            ServerCpuMsPerChange = Rounded(cost.ServerCpuMs / measured),
            EnvoyCpuMsPerChange = cost.GatewayCpuMs is { } cpu ? Rounded(cpu / measured) : null,
            WriteToAckMsP50 = Rounded(Percentiles.Of(times.Select(time => time.Acked), 50)),
            WriteToServingMsP50 = Rounded(Percentiles.Of(times.Select(time => time.Serving), 50)),
            WriteToServingMsP99 = Rounded(Percentiles.Of(times.Select(time => time.Serving), 99)),
            WriteToReadyMsP50 = Rounded(Percentiles.Of(times.Select(time => time.Ready), 50)),
            FailedRequests = traffic.Failed,
            AllReadySecondsAfterLastCreate = Rounded(allReady),
        };
    }

    private static double Rounded(double value) => Math.Round(value, 3);

    private static void Say(string what, IEnumerable<double> sample)
    {
        var all = sample.ToList();
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"{what}: p50 {Percentiles.Of(all, 50):0.0} ms, p99 {Percentiles.Of(all, 99):0.0} ms, max {Percentiles.Of(all, 100):0.0} ms ({all.Count})"));
    }
}
