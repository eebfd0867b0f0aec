using System.Globalization;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Convergence;

/// <summary>One server, one gateway, N ingresses; traffic all the while. A change turns an ingress's weights from 100/0 to 0/100 or back.</summary>
/// <remarks>Two rounds, as looking closely costs CPU: in the first every change is watched, in the second CPU is measured and nothing is watched.</remarks>
internal sealed class ConvergenceRun(Workbench bench, ServerProcess server, Gateway gateway, string listen, int ingresses, CancellationToken cancellationToken) : IAsyncDisposable
{
    private const double RequestsPerSecond = 500;
    private const int Connections = 20;
    private const int SampledHosts = 200;
    private static readonly TimeSpan BetweenChanges = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private readonly ReadyWatch _watch = new(bench.Api.Client);
    private readonly GatewayClient _client = new(listen, Connections);
    private readonly GatewayClient _prober = new(listen, 4);
    private readonly Dictionary<int, int> _percentOfA = [];

    /// <summary>Creates the ingresses; the seconds from the last answer of the API until all were ready.</summary>
    public async Task<double> CreateAsync()
    {
        await _watch.Started;
        await IngressSetup.CreateServicesAsync(bench.Api.Client, bench.Backends.Ports, ingresses, cancellationToken);
        Progress.Say($"{ingresses * 2} Services are there");
        var started = TimeProvider.System.GetTimestamp();
        await IngressSetup.CreateIngressesAsync(bench.Api.Client, ingresses, cancellationToken);
        var created = TimeProvider.System.GetTimestamp();
        await _watch.AllReadyAsync(ingresses, cancellationToken);
        var behind = TimeProvider.System.GetElapsedTime(created, _watch.LastReadyAt).TotalSeconds;
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"ingresses created in {TimeProvider.System.GetElapsedTime(started, created).TotalSeconds:0.0} s; all ready {behind:0.00} s after the last"));
        return behind;
    }

    /// <summary>Requests to random hosts; every answer but <c>a</c> or <c>b</c> is a failure.</summary>
    public async Task<OpenLoopTraffic> StartTrafficAsync()
    {
        // The first request of a host opens a connection to its backend.
        for (var ingress = 0; ingress < Math.Min(ingresses, SampledHosts); ingress++)
        {
            await ServesAsync(ingress, "a");
        }

        return new OpenLoopTraffic(RequestsPerSecond, () => (_client, IngressObjects.Host(Random.Shared.Next(ingresses), Random.Shared.Next(2))), (_, answer) => answer is "a" or "b");
    }

    /// <summary>Changes ingresses one after the other and watches each closely.</summary>
    public async Task<List<ChangeTimes>> WatchedRoundAsync(int changes)
    {
        var times = new List<ChangeTimes>();
        for (var i = 0; i < changes; i++)
        {
            times.Add(await WatchedChangeAsync(Random.Shared.Next(ingresses)));
            await Task.Delay(BetweenChanges, TimeProvider.System, cancellationToken);
        }

        return times;
    }

    /// <summary>Changes ingresses at a fixed rate; what that costs beyond what the same time costs without changes.</summary>
    public async Task<RoundCost> MeasuredRoundAsync(int changes)
    {
        var idle = await CostOfAsync(() => Task.Delay(Idle, TimeProvider.System, cancellationToken));
        var busy = await CostOfAsync(async () =>
        {
            using var timer = new PeriodicTimer(BetweenChanges);
            for (var i = 0; i < changes; i++)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
                await WriteAsync(Random.Shared.Next(ingresses));
            }

            // The last change's ACK and status.
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
        });
        return busy.Beyond(idle);
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        _client.Dispose();
        _prober.Dispose();
    }

    private async Task<ChangeTimes> WatchedChangeAsync(int ingress)
    {
        var clock = TimeProvider.System;
        var (start, wall) = (clock.GetTimestamp(), clock.GetUtcNow());
        var write = WriteAsync(ingress);
        var serving = ServesAsync(ingress, _percentOfA[ingress] == 100 ? "a" : "b");
        var generation = await write;
        var written = clock.GetElapsedTime(start).TotalMilliseconds;
        var ready = _watch.ReadyAtAsync(ingress, generation);
        var served = clock.GetElapsedTime(start, await serving).TotalMilliseconds;
        var readied = clock.GetElapsedTime(start, await ready).TotalMilliseconds;
        var acked = (await server.MetricsAsync(cancellationToken)).Of("kxds_xds_last_ack_timestamp_seconds", "type", "rds") * 1000;
        return new(written, acked - (wall - DateTimeOffset.UnixEpoch).TotalMilliseconds, served, readied);
    }

    /// <summary>Turns an ingress's weights round; returns its new generation.</summary>
    private async Task<long> WriteAsync(int ingress)
    {
        var percent = _percentOfA[ingress] = 100 - _percentOfA.GetValueOrDefault(ingress, 100);
        var written = await bench.Api.Client.ReplaceAsync(IngressObjects.Ingress(ingress, percent, _watch.VersionOf(ingress)), cancellationToken);
        return written.Metadata.Generation!.Value;
    }

    /// <summary>Asks until the answer is the expected one; returns when it came.</summary>
    private async Task<long> ServesAsync(int ingress, string side)
    {
        while (await _prober.AskAsync(IngressObjects.Host(ingress, 0), cancellationToken) != side)
        {
            await Task.Delay(ProbeInterval, TimeProvider.System, cancellationToken);
        }

        return TimeProvider.System.GetTimestamp();
    }

    private async Task<RoundCost> CostOfAsync(Func<Task> action)
    {
        var before = await SampleAsync();
        await action();
        return (await SampleAsync()).Since(before);
    }

    private async Task<RoundCost> SampleAsync()
    {
        var metrics = await server.MetricsAsync(cancellationToken);
        return new RoundCost
        {
            At = TimeProvider.System.GetElapsedTime(0),
            Translations = metrics.Sum("kxds_ingress_translations_total"),
            Bytes = metrics.Sum("kxds_xds_sent_bytes_total"),
            ServerCpuMs = ProcessFigures.CpuMs(server.Id),
            GatewayCpuMs = gateway.Id is { } id ? ProcessFigures.MainThreadCpuMs(id) : null,
        };
    }
}
