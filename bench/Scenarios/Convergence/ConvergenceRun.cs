using System.Globalization;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Convergence;

/// <summary>One server, one gateway, N ingresses; traffic all the while. A change turns an ingress's weights from 100/0 to 0/100 or back.</summary>
/// <remarks>Two rounds, as looking closely costs CPU: in the first every change is watched, in the second CPU is measured and nothing is watched.</remarks>
internal sealed class ConvergenceRun : IAsyncDisposable
{
    private const double RequestsPerSecond = 500;
    private const int Connections = 20;
    private const int SampledHosts = 200;
    private static readonly TimeSpan BetweenChanges = TimeSpan.FromMilliseconds(100);
    private const double MostAtRest = 0.02;
    private static readonly TimeSpan RestSample = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenWarmUps = TimeSpan.FromMilliseconds(30);
    // As long as the changes that are measured take: what comes by itself, now and then, is in both.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private readonly Workbench _bench;
    private readonly ServerProcess _server;
    private readonly Gateway _gateway;
    private readonly ReadyWatch _watch;
    private readonly WeightFlips _flips;
    private readonly GatewayClient _client;
    private readonly HostProbe _probe;
    private readonly int _ingresses;
    private readonly CancellationToken _cancellation;

    public ConvergenceRun(Workbench bench, ServerProcess server, Gateway gateway, string listen, int ingresses, CancellationToken cancellationToken)
    {
        (_bench, _server, _gateway, _ingresses, _cancellation) = (bench, server, gateway, ingresses, cancellationToken);
        _watch = new ReadyWatch(bench.Api.Client);
        _flips = new WeightFlips(bench.Api.Client, _watch);
        _client = new GatewayClient(listen, Connections);
        _probe = new HostProbe(listen);
    }

    /// <summary>Creates the ingresses; the seconds from the last answer of the API until all were ready.</summary>
    public async Task<double> CreateAsync()
    {
        await _watch.Started;
        await IngressSetup.CreateServicesAsync(_bench.Api.Client, _bench.Backends.Ports, _ingresses, _cancellation);
        Progress.Say($"{_ingresses * 2} Services are there");
        var started = TimeProvider.System.GetTimestamp();
        await IngressSetup.CreateIngressesAsync(_bench.Api.Client, _ingresses, _cancellation);
        var created = TimeProvider.System.GetTimestamp();
        await _watch.AllReadyAsync(_ingresses, _cancellation);
        var behind = TimeProvider.System.GetElapsedTime(created, _watch.LastReadyAt).TotalSeconds;
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"ingresses created in {TimeProvider.System.GetElapsedTime(started, created).TotalSeconds:0.0} s; all ready {behind:0.00} s after the last"));
        return behind;
    }

    /// <summary>Waits until all ingresses are ready that somebody else has made.</summary>
    public async Task AllReadyAsync()
    {
        await _watch.Started;
        await _watch.AllReadyAsync(_ingresses, _cancellation);
    }

    /// <summary>Connections that the gateway has closed while the traffic ran.</summary>
    public int ConnectionsDropped => Math.Max(0, _client.Connected - Connections);

    /// <summary>Requests to random hosts; every answer but <c>a</c> or <c>b</c> is a failure.</summary>
    public async Task<OpenLoopTraffic> StartTrafficAsync()
    {
        // The first request of a host opens a connection to its backend.
        for (var ingress = 0; ingress < Math.Min(_ingresses, SampledHosts); ingress++)
        {
            await _probe.UntilAsync(IngressObjects.Host(ingress, 0), "a", _cancellation);
        }

        return new OpenLoopTraffic(RequestsPerSecond, () => (_client, IngressObjects.Host(Random.Shared.Next(_ingresses), Random.Shared.Next(2))), (_, answer) => answer is "a" or "b");
    }

    /// <summary>Changes ingresses one after the other and watches each closely.</summary>
    public async Task<List<ChangeTimes>> WatchedRoundAsync(int changes)
    {
        var times = new List<ChangeTimes>();
        for (var i = 0; i < changes; i++)
        {
            times.Add(await WatchedChangeAsync(Random.Shared.Next(_ingresses)));
            await Task.Delay(BetweenChanges, TimeProvider.System, _cancellation);
        }

        return times;
    }

    /// <summary>Changes ingresses until the code that does the work has been compiled for good, and waits until the server rests.</summary>
    public async Task WarmUpAsync(int changes)
    {
        using var timer = new PeriodicTimer(BetweenWarmUps);
        for (var i = 0; i < changes; i++)
        {
            await timer.WaitForNextTickAsync(_cancellation);
            await _flips.FlipAsync(Random.Shared.Next(_ingresses), _cancellation);
        }

        for (var (before, rests) = (ProcessFigures.CpuMs(_server.Id), false); !rests;)
        {
            await Task.Delay(RestSample, TimeProvider.System, _cancellation);
            var now = ProcessFigures.CpuMs(_server.Id);
            (before, rests) = (now, now - before < MostAtRest * RestSample.TotalMilliseconds);
        }
    }

    /// <summary>Changes ingresses at a fixed rate; what that costs beyond what the same time costs without changes.</summary>
    /// <param name="changes">How many.</param>
    /// <param name="idle">How long is looked at what no change costs.</param>
    public async Task<RoundCost> MeasuredRoundAsync(int changes, TimeSpan? idle = null)
    {
        var rest = await CostOfAsync(() => Task.Delay(idle ?? Idle, TimeProvider.System, _cancellation));
        var busy = await CostOfAsync(async () =>
        {
            using var timer = new PeriodicTimer(BetweenChanges);
            for (var i = 0; i < changes; i++)
            {
                await timer.WaitForNextTickAsync(_cancellation);
                await _flips.FlipAsync(Random.Shared.Next(_ingresses), _cancellation);
            }

            // The last change's ACK and status.
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, _cancellation);
        });
        return busy.Beyond(rest);
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        _client.Dispose();
        _probe.Dispose();
    }

    private async Task<ChangeTimes> WatchedChangeAsync(int ingress)
    {
        var clock = TimeProvider.System;
        var write = _flips.FlipAsync(ingress, _cancellation);
        var serving = _probe.UntilAsync(IngressObjects.Host(ingress, 0), _flips.SideOf(ingress), _cancellation, write);
        var (start, generation) = await write;
        var written = clock.GetElapsedTime(start);
        var sentAt = clock.GetUtcNow() - DateTimeOffset.UnixEpoch - written;
        var ready = _watch.ReadyAtAsync(ingress, generation);
        var served = clock.GetElapsedTime(start, await serving).TotalMilliseconds;
        var readied = clock.GetElapsedTime(start, await ready).TotalMilliseconds;
        var acked = (await _server.MetricsAsync(_cancellation)).Of("kxds_xds_last_ack_timestamp_seconds", "type", "rds") * 1000;
        return new(written.TotalMilliseconds, acked - sentAt.TotalMilliseconds, served, readied);
    }

    private async Task<RoundCost> CostOfAsync(Func<Task> action)
    {
        // What it costs the server to tell its metrics is no part of what is measured.
        var before = await MetricsAsync() with { ServerCpuMs = ProcessFigures.CpuMs(_server.Id) };
        await action();
        var cpu = ProcessFigures.CpuMs(_server.Id);
        return (await MetricsAsync() with { ServerCpuMs = cpu }).Since(before);
    }

    private async Task<RoundCost> MetricsAsync()
    {
        var gatewayCpu = _gateway.Id is { } id ? ProcessFigures.MainThreadCpuMs(id) : (double?)null;
        var at = TimeProvider.System.GetElapsedTime(0);
        var metrics = await _server.MetricsAsync(_cancellation);
        return new RoundCost
        {
            At = at,
            Translations = metrics.Sum("kxds_ingress_translations_total"),
            Bytes = metrics.Sum("kxds_xds_sent_bytes_total"),
            ServerCpuMs = 0,
            GatewayCpuMs = gatewayCpu,
        };
    }
}
