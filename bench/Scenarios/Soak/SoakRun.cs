using System.Globalization;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>Two servers, two gateways, random changes, kills and restarts; requests to hosts that nothing is changed for.</summary>
/// <remarks>In the first third every server and gateway is killed in turn; afterwards the first of each kind stays, so that its memory can be followed.</remarks>
internal sealed class SoakRun(TimeSpan length, Replica[] replicas, GatewayPod[] gateways)
{
    private static readonly TimeSpan KillInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RestartInterval = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(5);
    private readonly Rotation _rotation = new();
    private readonly Dictionary<string, List<(double Share, double MiB)>> _memory = [];
    private readonly List<(double Share, double MiB)> _heap = [];
    private readonly long _start = TimeProvider.System.GetTimestamp();

    /// <summary>Servers killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Gateways killed and started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>Memory of each process.</summary>
    public IReadOnlyDictionary<string, MemoryOverTime> Memory => _memory.ToDictionary(entry => entry.Key, entry => MemoryOverTime.Of(entry.Value, percentile: 50));

    /// <summary>What objects take in the server that runs on, at the least of each time: right after the collector has looked at most of them.</summary>
    public MemoryOverTime Heap => MemoryOverTime.Of(_heap, percentile: 0);

    private double Share => TimeProvider.System.GetElapsedTime(_start) / length;

    /// <summary>Starts sending requests to random hosts of the ingresses that are never touched.</summary>
    public OpenLoopTraffic StartTraffic(double perSecond, int untouched)
    {
        Array.ForEach(gateways, gateway => _rotation.Add(gateway.Client));
        return new OpenLoopTraffic(perSecond, () => (_rotation.Next(), IngressObjects.Host(Random.Shared.Next(untouched), Random.Shared.Next(2))), IsGood);
    }

    /// <summary>Kills a server every minute.</summary>
    public Task KillServersAsync(CancellationToken cancellationToken) => RepeatAsync(
        KillInterval,
        replicas,
        async replica =>
        {
            await replica.CrashAsync(cancellationToken);
            Kills++;
        },
        cancellationToken);

    /// <summary>Takes a gateway out of the rotation, kills it, starts it again and puts it back.</summary>
    public Task RestartGatewaysAsync(CancellationToken cancellationToken) => RepeatAsync(
        RestartInterval,
        gateways,
        async gateway =>
        {
            await _rotation.RemoveAsync(gateway.Client, cancellationToken);
            await gateway.KillAsync();
            await gateway.StartAsync(cancellationToken);
            _rotation.Add(gateway.Client);
            Restarts++;
        },
        cancellationToken);

    /// <summary>Takes samples of memory.</summary>
    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SampleInterval);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var (name, id) in replicas.Select(replica => (replica.Name, replica.Id)).Concat(gateways.Select(gateway => (gateway.Name, gateway.Id))))
            {
                Sample(name, id);
            }

            await SampleHeapAsync(cancellationToken);
        }
    }

    private async Task SampleHeapAsync(CancellationToken cancellationToken)
    {
        try
        {
            _heap.Add((Share, (await replicas[0].MetricsAsync(cancellationToken)).Sum("dotnet_total_memory_bytes") / 1024 / 1024));
        }
        catch (Exception gone) when (gone is HttpRequestException or ObjectDisposedException)
        {
            // Killed at this moment.
        }
    }

    private void Sample(string name, int id)
    {
        try
        {
            var samples = _memory.TryGetValue(name, out var known) ? known : _memory[name] = [];
            samples.Add((Share, ProcessFigures.RssMiB(id)));
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // Killed at this moment.
        }
    }

    private async Task RepeatAsync<T>(TimeSpan interval, T[] all, Func<T, Task> action, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval);
        for (var turn = 0; await timer.WaitForNextTickAsync(cancellationToken); turn++)
        {
            await action(Share < 1 / 3.0 ? all[turn % all.Length] : all[^1]);
        }
    }

    private bool IsGood(string host, string answer)
    {
        if (answer != "a")
        {
            Progress.Say(string.Create(CultureInfo.InvariantCulture, $"FAILED {host}: {answer}"));
        }

        return answer == "a";
    }
}
