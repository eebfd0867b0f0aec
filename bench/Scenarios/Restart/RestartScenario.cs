using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Restart;

/// <summary>How soon a server that was killed serves everything again, and what gateways see of it.</summary>
internal static class RestartScenario
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);
    private static readonly Option<int> Ingresses = new("--ingresses") { Description = "Number of ingresses.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> Restarts = new("--restarts") { Description = "How often the server is killed and started again, each time when nothing is sent any more.", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Tls = new("--tls") { Description = "How many of them have a certificate, in a Secret of its own." };
    private static readonly Option<bool> Unlabelled = new("--unlabelled") { Description = "These Secrets lack the label that Knative's own certificates have." };

    public static Command Command
    {
        get
        {
            var command = new Command("restart", "Time until a killed server serves everything again.") { Ingresses, Restarts, Tls, Unlabelled };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                await ServerProgram.ChooseAsync(cancellationToken);
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                ResultLine.Print(await RunAsync(parsed.GetValue(Ingresses), Math.Max(1, parsed.GetValue(Restarts)), parsed.GetValue(Tls), parsed.GetValue(Unlabelled), cancellationToken));
                return 0;
            });
            return command;
        }
    }

    private static async Task<RestartResult> RunAsync(int ingresses, int restarts, int certificates, bool unlabelled, CancellationToken cancellationToken)
    {
        await using var bench = await Workbench.StartAsync(cancellationToken);
        var listeners = FreePorts.Take(2).Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")).ToArray();
        var settings = bench.NewServer("server", listeners[0], listeners[1]);
        await IngressSetup.CreateServicesAsync(bench.Api.Client, bench.Backends.Ports, ingresses, cancellationToken);
        await IngressSetup.CreateCertificatesAsync(bench.Api.Client, certificates, !unlabelled, cancellationToken);
        await IngressSetup.CreateIngressesAsync(bench.Api.Client, ingresses, cancellationToken, certificates);
        Progress.Say($"{ingresses} ingresses are there");
        using var first = ServerProcess.Start(bench.Processes, settings);
        await first.ReadyAsync(cancellationToken);
        await using var gateway = await Gateway.StartAsync(bench, "gateway", settings.XdsPort);
        await using var returning = new DeltaStreamClient("returning");
        await returning.ConnectAsync(settings.XdsPort);
        await using (var watch = new ReadyWatch(bench.Api.Client))
        {
            await watch.AllReadyAsync(ingresses, cancellationToken);
        }

        await QuietAsync(first, 2, cancellationToken);
        Progress.Say($"everything is served; server {ProcessFigures.RssMiB(first.Id):0} MiB");

        await first.KillAsync();
        await returning.DisconnectAsync();
        var seconds = new List<double>();
        var checks = new List<CompletenessCheck>();
        for (var restart = 1; restart < restarts; restart++)
        {
            var begin = TimeProvider.System.GetTimestamp();
            using var server = ServerProcess.Start(bench.Processes, settings);
            await using var client = new DeltaStreamClient("fresh");
            checks.Add(new CompletenessCheck(returning, client, returns: false));
            seconds.Add(await CompleteAsync(client, settings.XdsPort, returning, begin, cancellationToken));
            await QuietAsync(server, 2, cancellationToken);
            await server.KillAsync();
        }

        var start = TimeProvider.System.GetTimestamp();
        using var second = ServerProcess.Start(bench.Processes, settings);
        await using var fresh = new DeltaStreamClient("fresh");
        checks.AddRange([new CompletenessCheck(returning, fresh, returns: false), new CompletenessCheck(returning, returning, returns: true)]);
        seconds.Add(await CompleteAsync(fresh, settings.XdsPort, returning, start, cancellationToken));

        var known = returning.BytesReceived;
        await returning.ConnectAsync(settings.XdsPort);
        await QuietAsync(second, 3, cancellationToken);
        var metrics = await second.MetricsAsync(cancellationToken);
        Progress.Say($"streams: {metrics.Sum("kxds_xds_streams")}; sent again to a client of ours: {returning.BytesReceived - known} bytes");
        return new RestartResult
        {
            Api = bench.Api.Name,
            Gateway = gateway.Name,
            Server = ServerProgram.Kind,
            Ingresses = ingresses,
            Certificates = certificates,
            SecondsToComplete = Percentiles.Of(seconds, 50),
            SecondsOfEach = seconds,
            PartialPushes = checks.Sum(check => check.Partial),
            BytesResentPerEnvoy = (long)metrics.Sum("kxds_xds_sent_bytes_total") - fresh.BytesReceived - (returning.BytesReceived - known),
            RssMiB = Math.Round(ProcessFigures.RssMiB(second.Id), 1),
        };
    }

    /// <summary>Connects as soon as the server lets it, and waits until the client holds as much as another; the seconds since the start.</summary>
    private static async Task<double> CompleteAsync(DeltaStreamClient client, int port, DeltaStreamClient like, long start, CancellationToken cancellationToken)
    {
        while (ResourceTypes.All.Any(type => client.Count(type) < like.Count(type)))
        {
            if (client.Ended.IsCompleted)
            {
                try
                {
                    await client.ConnectAsync(port);
                }
                catch (Exception refused) when (refused is RpcException or InvalidOperationException)
                {
                    // Not there yet.
                }
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }

        var seconds = Math.Round(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 2);
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"a new gateway holds everything after {seconds:0.00} s"));
        return seconds;
    }

    /// <summary>Waits until a number of streams are open, and nothing has been sent for a while.</summary>
    private static async Task QuietAsync(ServerProcess server, int streams, CancellationToken cancellationToken)
    {
        var (bytes, since) = (-1.0, TimeProvider.System.GetTimestamp());
        while (TimeProvider.System.GetElapsedTime(since) < Quiet)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
            var metrics = await server.MetricsAsync(cancellationToken);
            if (metrics.Sum("kxds_xds_sent_bytes_total") is var now && (now != bytes || metrics.Sum("kxds_xds_streams") < streams))
            {
                (bytes, since) = (now, TimeProvider.System.GetTimestamp());
            }
        }
    }
}
