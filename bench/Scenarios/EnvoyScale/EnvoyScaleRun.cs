using System.Globalization;
using Knative.Xds.Scenarios.Convergence;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.EnvoyScale;

/// <summary>One size: our server and a real Envoy with the fleet's bootstrap, which starts when everything is there.</summary>
internal sealed class EnvoyScaleRun(int ingresses, CancellationToken cancellation)
{
    private const int SampledHosts = 50;
    private const int WarmUpChanges = 100;
    private const int WatchedChanges = 60;
    private const int MeasuredChanges = 100;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    public async Task<EnvoyScaleResult> RunAsync()
    {
        await using var bench = await Workbench.StartAsync(cancellation);
        var listeners = FreePorts.Take(2).Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}")).ToArray();
        var settings = bench.NewServer("server", listeners[0], listeners[1]);
        await IngressSetup.CreateServicesAsync(bench.Api.Client, bench.Backends.Ports, ingresses, cancellation);
        await IngressSetup.CreateIngressesAsync(bench.Api.Client, ingresses, cancellation);
        Progress.Say($"{ingresses} ingresses are there");
        using var server = ServerProcess.Start(bench.Processes, settings);
        await server.ReadyAsync(cancellation);

        var start = TimeProvider.System.GetTimestamp();
        await using var gateway = await Gateway.StartAsync(bench, "gateway", settings.XdsPort);
        var envoy = gateway.Id ?? throw new InvalidOperationException("there is no Envoy: this scenario measures the real one (ENVOY_BIN)");
        await ServesAllOverAsync(listeners[0]);
        var load = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var (loadCpu, loaded) = (ProcessFigures.MainThreadCpuMs(envoy), (await server.MetricsAsync(cancellation)).Sum("kxds_xds_sent_bytes_total"));
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"Envoy serves everything after {load:0.0} s"));

        await using var run = new ConvergenceRun(bench, server, gateway, listeners[0], ingresses, cancellation);
        await run.AllReadyAsync();
        var memory = ProcessFigures.RssMiB(envoy);
        await using var traffic = await run.StartTrafficAsync();
        await run.WarmUpAsync(WarmUpChanges);
        traffic.TakeLatencies();
        await Task.Delay(Rest, TimeProvider.System, cancellation);
        var rest = traffic.TakeLatencies();
        var times = await run.WatchedRoundAsync(WatchedChanges);
        traffic.TakeLatencies();
        var cost = await run.MeasuredRoundAsync(MeasuredChanges, idle: Rest);
        var changing = traffic.TakeLatencies();
        var after = ProcessFigures.RssMiB(envoy);

        var (reconnectBytes, reconnectCpu) = await ReconnectAsync(bench, server, settings, envoy);
        await traffic.StopAsync();
        Progress.Say($"{traffic.Sent} requests, failed: {string.Join(", ", traffic.Failures)}");
        return new EnvoyScaleResult
        {
            Api = bench.Api.Name,
            Server = ServerProgram.Kind,
            Ingresses = ingresses,
            LoadSeconds = Math.Round(load, 2),
            LoadEnvoyCpuMs = Math.Round(loadCpu),
            LoadMiB = Math.Round(loaded / 1024 / 1024, 1),
            EnvoyRssMiB = Math.Round(memory),
            WriteToServingMsP50 = Math.Round(Percentiles.Of(times.Select(time => time.Serving), 50), 1),
            WriteToServingMsP99 = Math.Round(Percentiles.Of(times.Select(time => time.Serving), 99), 1),
            BytesPerChange = Math.Round(cost.Bytes / MeasuredChanges),
            EnvoyCpuMsPerChange = Math.Round(cost.GatewayCpuMs!.Value / MeasuredChanges, 2),
            RestMsP99 = Math.Round(Percentiles.Of(rest, 99), 1),
            RestMsMax = Math.Round(Percentiles.Of(rest, 100), 1),
            ChangingMsP99 = Math.Round(Percentiles.Of(changing, 99), 1),
            ChangingMsMax = Math.Round(Percentiles.Of(changing, 100), 1),
            FailedRequests = traffic.Failed,
            ConnectionsDropped = run.ConnectionsDropped,
            EnvoyRssAfterChangesMiB = Math.Round(after),
            ReconnectBytes = reconnectBytes,
            ReconnectEnvoyCpuMs = Math.Round(reconnectCpu),
        };
    }

    /// <summary>Waits until hosts of ingresses all over the range are served, the last among them.</summary>
    private async Task ServesAllOverAsync(string listen)
    {
        using var probe = new HostProbe(listen);
        for (var i = SampledHosts - 1; i >= 0; i--)
        {
            await probe.UntilAsync(IngressObjects.Host((int)((long)i * (ingresses - 1) / (SampledHosts - 1)), 0), "a", cancellation);
        }
    }

    /// <summary>Kills the server and starts another one.</summary>
    /// <returns>The bytes that Envoy is sent, and its main thread's CPU time, ms.</returns>
    private async Task<(double Bytes, double CpuMs)> ReconnectAsync(Workbench bench, ServerProcess server, ServerSettings settings, int envoy)
    {
        await server.KillAsync();
        using var next = ServerProcess.Start(bench.Processes, settings);
        await next.ReadyAsync(cancellation);
        var before = ProcessFigures.MainThreadCpuMs(envoy);
        for (var (bytes, since) = (-1.0, TimeProvider.System.GetTimestamp()); TimeProvider.System.GetElapsedTime(since) < Quiet;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
            var metrics = await next.MetricsAsync(cancellation);
            if (metrics.Sum("kxds_xds_sent_bytes_total") is var now && (now != bytes || metrics.Sum("kxds_xds_streams") < 1))
            {
                (bytes, since) = (now, TimeProvider.System.GetTimestamp());
            }
        }

        return ((await next.MetricsAsync(cancellation)).Sum("kxds_xds_sent_bytes_total"), ProcessFigures.MainThreadCpuMs(envoy) - before);
    }
}
