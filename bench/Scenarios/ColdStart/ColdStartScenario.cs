using System.Collections.Immutable;
using System.CommandLine;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Scenarios.Rig;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>What the data path adds to a cold start: the whole system with a real Envoy, one request at a time to a revision at zero.</summary>
internal static class ColdStartScenario
{
    private const int Missing = 2;
    private static readonly Option<int> Cycles = new("--cycles") { Description = "Cold starts that are measured.", DefaultValueFactory = _ => 50 };
    private static readonly Option<int> Revisions = new("--revisions") { Description = "Revisions that take turns, so that one starts while others go back to zero.", DefaultValueFactory = _ => 10 };
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig") { Description = "An existing Kubernetes API instead of the embedded one." };
    private static readonly Option<FileInfo?> Plot = new("--plot") { Description = "An SVG of the stages to write: docs/cold-start.svg." };

    public static Command Command
    {
        get
        {
            var command = new Command("coldstart", "Cold starts through Envoy, and what each stage takes.") { Cycles, Revisions, Kubeconfig, Plot };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                try
                {
                    var starts = await RunAsync(parsed.GetValue(Revisions), parsed.GetValue(Cycles), parsed.GetValue(Kubeconfig), cancellationToken);
                    if (parsed.GetValue(Plot) is { } plot)
                    {
                        await File.WriteAllTextAsync(plot.FullName, ColdStartPlot.Draw([.. starts.OfType<ColdStartTimes>()]), cancellationToken);
                    }

                    ResultLine.Print(ColdStartResult.Of(starts));
                    return 0;
                }
                catch (Exception error) when (error is SandboxException or FileNotFoundException)
                {
                    await Console.Error.WriteLineAsync($"coldstart: {error.Message}");
                    return Missing;
                }
            });
            return command;
        }
    }

    private static async Task<IReadOnlyList<ColdStartTimes?>> RunAsync(int revisions, int cycles, string? kubeconfig, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kxds-scenario-").FullName;
        await ColdRevisions.WriteAsync(Path.Combine(folder, "manifests"), revisions, cancellationToken);
        var starts = await RunAsync(SettingsFor(folder, kubeconfig), revisions, cycles, cancellationToken);
        Directory.Delete(folder, recursive: true);
        return starts;
    }

    private static async Task<IReadOnlyList<ColdStartTimes?>> RunAsync(SandboxSettings settings, int revisions, int cycles, CancellationToken cancellationToken)
    {
        using var events = new StageEvents();
        await using var system = await SandboxSystem.StartAsync(settings, events, TimeProvider.System, cancellationToken);
        Progress.Say($"{system.GatewayDescription}; API {system.ApiDescription}");
        await using var run = new ColdStartRun(system, events, revisions);
        await run.StartAsync(cancellationToken);
        return await run.RunAsync(cycles, cancellationToken);
    }

    // A user container whose own first request costs next to nothing: what the data path adds is measured.
    private static ImmutableDictionary<string, ImmutableArray<string>> Programs => ImmutableDictionary<string, ImmutableArray<string>>.Empty
        .Add("kxds.dev/queue-proxy", [PublishedProgram.Find("QueueProxy")])
        .Add("kxds.dev/hello", [PublishedProgram.Find("Hello", "samples")]);

    // The shortest windows that are allowed: what happens before a revision is at zero is not measured.
    private static SandboxSettings SettingsFor(string folder, string? kubeconfig) => new()
    {
        Gateway = GatewayChoice.Envoy,
        Port = 0,
        Kubeconfig = kubeconfig,
        PodNetwork = Environment.GetEnvironmentVariable("KXDS_POD_NETWORK"),
        RunDirectory = folder,
        LogLevel = LogLevel.Debug,
        ManifestFolders = [Path.Combine(folder, "manifests")],
        Images = Programs,
        AutoscalerConfig = ImmutableSortedDictionary<string, string>.Empty
            .Add("allow-zero-initial-scale", "true").Add("stable-window", "6s").Add("scale-to-zero-grace-period", "1s"),
    };
}
