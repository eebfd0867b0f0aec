using System.CommandLine;
using System.Globalization;
using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>What scraping, windows and decisions of many revisions cost, and whether the tick is kept.</summary>
internal static class AutoscalerScenario
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly Option<int> Revisions = new("--revisions") { Description = "Number of revisions.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> Pods = new("--pods") { Description = "Ready pods of each revision.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Ticks = new("--ticks") { Description = "Ticks that are measured.", DefaultValueFactory = _ => 30 };
    private static readonly Option<int> Addresses = new("--addresses") { Description = "Loopback addresses that the pods share.", DefaultValueFactory = _ => 256 };

    public static Command Command
    {
        get
        {
            var command = new Command("autoscaler", "An autoscaler process that scrapes and decides many revisions.") { Revisions, Pods, Ticks, Addresses };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                // Pods answer on port 9090 of many addresses: in a network of its own nobody else does.
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                var load = new AutoscalerLoad(parsed.GetValue(Revisions), parsed.GetValue(Pods), parsed.GetValue(Addresses));
                ResultLine.Print(await RunAsync(load, parsed.GetValue(Ticks), cancellationToken));
                return 0;
            });
            return command;
        }
    }

    private static async Task<AutoscalerResult> RunAsync(AutoscalerLoad load, int ticks, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("kxds-scenario-").FullName;
        await using var processes = new ProcessHost(TimeProvider.System);
        await using var api = await KubernetesApi.StartEmbeddedAsync(directory, cancellationToken);
        await using var pods = await QueueProxies.StartAsync(load, cancellationToken);
        await load.CreateAsync(api.Client, cancellationToken);
        Progress.Say($"{load.Revisions} revisions with {load.Pods} pods each are there; files in {directory}");

        using var autoscaler = AutoscalerProcess.Start(processes, api.Kubeconfig, directory);
        await SettleAsync(autoscaler, api.Client, load, cancellationToken);
        Progress.Say("every revision is decided, measuring");
        var result = await MeasureAsync(autoscaler, pods, load, ticks, cancellationToken);
        if (Environment.GetEnvironmentVariable("KXDS_SCENARIOS_KEEP") is null)
        {
            Directory.Delete(directory, recursive: true);
        }

        return result;
    }

    // Until all are decided, and nothing is written to the API any more.
    private static async Task SettleAsync(AutoscalerProcess autoscaler, KubeClient client, AutoscalerLoad load, CancellationToken cancellationToken)
    {
        const int QuietTicks = 5;
        // Its lease is renewed all the time.
        const int QuietWrites = 4;
        var (quiet, ticks, version) = (0L, 0L, 0L);
        while (quiet < QuietTicks)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
            var report = await autoscaler.FindReportAsync(cancellationToken);
            var page = await client.ListAsync<V1ConfigMap>(new ObjectQuery("default"), null, cancellationToken);
            var written = long.Parse(page.ResourceVersion, CultureInfo.InvariantCulture) - version;
            version += written;
            var complete = report?.Revisions == load.Revisions && written <= QuietWrites;
            quiet = !complete ? 0 : quiet + (report!.Ticks.Count - ticks);
            ticks = report?.Ticks.Count ?? 0;
        }
    }

    private static async Task<AutoscalerResult> MeasureAsync(AutoscalerProcess autoscaler, QueueProxies pods, AutoscalerLoad load, int ticks, CancellationToken cancellationToken)
    {
        var before = await autoscaler.ReportAsync(cancellationToken);
        var (cpu, answered) = (ProcessFigures.CpuMs(autoscaler.Id), pods.Answered);
        var after = before;
        while (after.Ticks.Count < before.Ticks.Count + ticks)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
            after = await autoscaler.ReportAsync(cancellationToken);
        }

        (cpu, answered) = (ProcessFigures.CpuMs(autoscaler.Id) - cpu, pods.Answered - answered);
        var passed = (after.Now - before.Now).TotalMilliseconds / after.Ticks.IntervalMs;
        var lateness = after.Ticks.LatenessMs.TakeLast((int)(after.Ticks.Count - before.Ticks.Count)).ToList();
        var failures = (await autoscaler.MetricsAsync(cancellationToken)).Sum("kxds_autoscaler_scrape_failures_total");
        Progress.Say($"{answered / passed:0} scrapes a tick; {failures} failed since the start; lateness {Percentiles.Of(lateness, 50):0.0} ms in the median");
        return new AutoscalerResult
        {
            Revisions = load.Revisions,
            Pods = load.Pods,
            Ticks = lateness.Count,
            CpuSecondsPerTick = Math.Round(cpu / 1000 / passed, 3),
            TickLatenessMsP99 = Math.Round(Percentiles.Of(lateness, 99), 1),
            AllocatedBytesPerTick = (long)((after.AllocatedBytes - before.AllocatedBytes) / passed),
            RssMiB = Math.Round(ProcessFigures.RssMiB(autoscaler.Id), 1),
            ScrapesPerTick = Math.Round(answered / passed),
            DecidedRight = await load.CountRightAsync(autoscaler, cancellationToken),
        };
    }
}
