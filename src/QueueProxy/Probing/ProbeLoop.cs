using System.Net;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>Runs one probe: once when it has a period (the kubelet repeats it then), else until it succeeds.</summary>
internal sealed class ProbeLoop(UserProbe probe, ProbeClient client, TimeProvider timeProvider)
{
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TotalLimit = TimeSpan.FromSeconds(10);

    // Upstream polls every 50 ms; half of that is what a cold start loses on average. A refused connect costs microseconds.
    private static readonly TimeSpan FastStep = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan FastFor = TimeSpan.FromSeconds(2);

    // Null where asking on a thread of its own is of no use: only the system's clock goes on by itself, and only on this machine is every connect answered at once.
    private readonly IPEndPoint? _local =
        probe.Kind == UserProbeKind.Tcp && timeProvider == TimeProvider.System && IPAddress.TryParse(probe.Host, out var address) && IPAddress.IsLoopback(address)
            ? new IPEndPoint(address, probe.Port)
            : null;

    // Kept between runs: once ready, one success is enough, as upstream never resets it on success.
    private int _successes;

    // What cannot be probed is never ready, and asking again would not help.
    public Task<bool> RunAsync() => probe.Kind == UserProbeKind.None ? Task.FromResult(false) : probe.IsAggressive ? PollAsync() : client.TryAsync(probe, TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds)));

    private async Task<bool> PollAsync()
    {
        var start = timeProvider.GetTimestamp();
        var ready = await client.TryAsync(probe, AttemptLimit);
        while (true)
        {
            _successes = ready ? _successes + 1 : 0;
            if (_successes > 0 && _successes >= probe.SuccessThreshold)
                return true;
            var elapsed = timeProvider.GetElapsedTime(start);
            if (elapsed >= TotalLimit)
                return false;
            ready = await TryAgainAsync(elapsed);
        }
    }

    private async Task<bool> TryAgainAsync(TimeSpan elapsed)
    {
        if (elapsed < FastFor && _local is { } port)
            return await PortWatch.OpensAsync(port, FastFor - elapsed, timeProvider);
        await Task.Delay(elapsed < FastFor ? FastStep : Step, timeProvider);
        return await client.TryAsync(probe, AttemptLimit);
    }
}
