using System.CommandLine;
using System.Globalization;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>Whether hosts that nobody touches are served without one failure, whatever happens around them, and whether memory stays flat.</summary>
internal static class SoakScenario
{
    private const int Missing = 2;
    private static readonly int[] Numbers = [1, 2];
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(1);
    private static readonly Option<double> Minutes = new("--minutes") { Description = "Length of the run.", DefaultValueFactory = _ => 30 };
    private static readonly Option<int> Ingresses = new("--ingresses") { Description = "Number of ingresses; a fifth is never touched.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<double> Changes = new("--changes-per-second") { Description = "Random changes per second.", DefaultValueFactory = _ => 4 };
    private static readonly Option<double> Requests = new("--requests-per-second") { Description = "Requests per second to untouched hosts.", DefaultValueFactory = _ => 200 };

    public static Command Command
    {
        get
        {
            var command = new Command("soak", "Random changes, killed servers and restarted Envoys under traffic.") { Minutes, Ingresses, Changes, Requests };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                await ServerProgram.ChooseAsync(cancellationToken);
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                if (!OwnNetwork.IsEntered || EnvoyLocator.Find() is null)
                {
                    await Console.Error.WriteLineAsync("soak: needs Envoy (ENVOY_BIN, KXDS_TOOLS or PATH) and the right to make network namespaces");
                    return Missing;
                }

                var length = TimeSpan.FromMinutes(parsed.GetValue(Minutes));
                ResultLine.Print(await RunAsync(length, parsed.GetValue(Ingresses), parsed.GetValue(Changes), parsed.GetValue(Requests), cancellationToken));
                return 0;
            });
            return command;
        }
    }

    private static async Task<SoakResult> RunAsync(TimeSpan length, int ingresses, double changesPerSecond, double requestsPerSecond, CancellationToken cancellationToken)
    {
        await using var bench = await Workbench.StartAsync(cancellationToken);
        var untouched = ingresses / 5;
        await IngressSetup.CreateServicesAsync(bench.Api.Client, bench.Backends.Ports, ingresses, cancellationToken);
        await IngressSetup.CreateIngressesAsync(bench.Api.Client, ingresses, cancellationToken);
        Progress.Say($"{ingresses} ingresses are there");
        var replicas = Numbers.Select(number => $"server-{number}").Select(name => new Replica(bench, name, Settings(bench, name))).ToArray();
        await Task.WhenAll(replicas.Select(replica => replica.ReadyAsync(cancellationToken)));
        var gateways = Numbers.Select(number => new GatewayPod(bench, number, [.. replicas.Select(replica => replica.XdsPort)])).ToArray();
        await Task.WhenAll(gateways.Select(gateway => gateway.StartAsync(cancellationToken)));
        await using var watch = new ReadyWatch(bench.Api.Client);
        await watch.AllReadyAsync(ingresses, cancellationToken);
        Progress.Say("all are ready");

        var run = new SoakRun(length, replicas, gateways);
        var changes = new RandomChanges(bench, watch, untouched, ingresses);
        await using var traffic = run.StartTraffic(requestsPerSecond, untouched);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] work = [changes.RunAsync(changesPerSecond, ending.Token), run.KillServersAsync(ending.Token), run.RestartGatewaysAsync(ending.Token), run.SampleAsync(ending.Token)];
        // Whatever fails ends the run at once, with its error.
        await Task.WhenAny([.. work, Task.Delay(length, TimeProvider.System, cancellationToken)]);
        await Task.WhenAll(work.Where(task => task.IsFaulted));
        await ending.CancelAsync();
        await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await traffic.StopAsync();
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"{traffic.Sent} requests, p99 {Percentiles.Of(traffic.TakeLatencies(), 99):0.0} ms; failed: {string.Join(", ", traffic.Failures)}"));
        return new SoakResult
        {
            Api = bench.Api.Name,
            Server = ServerProgram.Kind,
            Minutes = length.TotalMinutes,
            Ingresses = ingresses,
            Requests = traffic.Sent,
            Failed = traffic.Failed,
            Changes = changes.Count,
            Kills = run.Kills,
            GatewayRestarts = run.Restarts,
            AllReadyAtEnd = await IsReadyAsync(watch, ingresses, cancellationToken),
            RssMiB = run.Memory,
            HeapMiB = run.Heap,
        };
    }

    private static ServerSettings Settings(Workbench bench, string name) =>
        bench.NewServer(name, $"0.0.0.0:{GatewayPod.Port}", "0.0.0.0:8081") with { Address = "0.0.0.0" };

    private static async Task<bool> IsReadyAsync(ReadyWatch watch, int ingresses, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyLimit);
        try
        {
            await watch.AllReadyAsync(ingresses, limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
