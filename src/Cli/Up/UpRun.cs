using System.Collections.Immutable;
using Knative.Xds.Cli.Smoke;
using Knative.Xds.Sandbox.Composition;
using Spectre.Console;

namespace Knative.Xds.Cli.Up;

/// <summary>One run of <c>kxds up</c>, from start to Ctrl-C.</summary>
internal static class UpRun
{
    private const int UserError = 2;

    public static async Task<int> RunAsync(UpOptions options, CancellationToken cancellationToken)
    {
        var runDirectory = RunFolders.Create(TimeProvider.System);
        try
        {
            var programs = BuiltPrograms.Find(AppContext.BaseDirectory);
            using var log = new FileLogging(Path.Combine(runDirectory, "kxds.log"), TimeProvider.System);
            await using var system = await SandboxSystem.StartAsync(SettingsOf(options, programs, runDirectory), log, TimeProvider.System, cancellationToken);
            using var running = new RunningSystem(Environment.ProcessId, system.AutoscalerAdmin, system.XdsServerAdmin, system.KubeconfigPath).Publish();
            return options.Smoke ? await SmokeAsync(system, cancellationToken) : await ShowAsync(system, programs, cancellationToken);
        }
        catch (SandboxException error)
        {
            await Console.Error.WriteLineAsync($"kxds: {error.Message}");
            return UserError;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A smoke run that was interrupted has shown nothing.
            return options.Smoke ? 1 : 0;
        }
    }

    private static SandboxSettings SettingsOf(UpOptions options, BuiltPrograms programs, string runDirectory) => new()
    {
        Gateway = options.Gateway,
        Port = options.Port,
        Kubeconfig = options.Kubeconfig,
        DataDirectory = options.Data,
        RunDirectory = runDirectory,
        PodNetwork = Environment.GetEnvironmentVariable("KXDS_POD_NETWORK"),
        ManifestFolders = [options.Manifests ?? Path.Combine(AppContext.BaseDirectory, "samples", "hello")],
        Images = programs.Images,
        AutoscalerConfig = options.Smoke ? SmokeRun.ShortWindows : options.Kubeconfig is null ? SandboxSettings.DemoAutoscalerConfig : ImmutableSortedDictionary<string, string>.Empty,
    };

    private static async Task<int> SmokeAsync(SandboxSystem system, CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync($"gateway: {system.GatewayDescription}; api: {system.ApiDescription}; log: {system.LogFile}");
        foreach (var problem in system.ManifestProblems)
        {
            await Console.Error.WriteLineAsync($"manifest not applied: {problem}");
        }

        var result = await new SmokeRun(system, TimeProvider.System, Console.Error).RunAsync(cancellationToken);
        var problems = result.Problems(SmokeRun.Weights);
        foreach (var problem in problems)
        {
            await Console.Error.WriteLineAsync($"smoke: {problem}");
        }

        Console.WriteLine(result.ToJson());
        return problems.IsEmpty ? 0 : 1;
    }

    private static async Task<int> ShowAsync(SandboxSystem system, BuiltPrograms programs, CancellationToken cancellationToken)
    {
        Banner.Write(AnsiConsole.Console, system, programs);
        try
        {
            await LiveView.RunAsync(AnsiConsole.Console, system, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how a run ends.
        }

        return 0;
    }
}
