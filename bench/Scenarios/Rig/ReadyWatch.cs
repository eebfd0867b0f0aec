using System.Collections.Concurrent;
using System.Globalization;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Notes when ingresses become ready, as any client of the API would see it.</summary>
internal sealed class ReadyWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, Seen> _seen = new();
    private readonly ConcurrentDictionary<string, (long Generation, TaskCompletionSource<long> Ready)> _waiting = new();
    private readonly Informer<IngressEcho> _informer;
    private readonly Task _running;
    private int _ready;

    public ReadyWatch(KubeClient client)
    {
        _informer = new Informer<IngressEcho>(client, new ObjectQuery(IngressObjects.Namespace), TimeProvider.System, NullLogger.Instance);
        _informer.OnChange(Note);
        _running = _informer.RunAsync(_stopping.Token);
    }

    /// <summary>Completes when it sees all that happens.</summary>
    public Task Started => _informer.Synced;

    /// <summary>Ingresses that are ready now.</summary>
    public int Ready => Volatile.Read(ref _ready);

    /// <summary>When an ingress became ready last.</summary>
    public long LastReadyAt { get; private set; }

    /// <summary>resourceVersion of an ingress, for the next write.</summary>
    public string VersionOf(int ingress) => _seen[IngressObjects.Name(ingress)].Version;

    /// <summary>Waits until an ingress is seen at a version, or at a later one.</summary>
    public async Task SeesAsync(int ingress, string version, CancellationToken cancellationToken)
    {
        var wanted = ulong.Parse(version, CultureInfo.InvariantCulture);
        while (!(_seen.TryGetValue(IngressObjects.Name(ingress), out var seen) && ulong.TryParse(seen.Version, CultureInfo.InvariantCulture, out var known) && known >= wanted))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Completes with the moment at which an ingress is ready at a generation.</summary>
    public Task<long> ReadyAtAsync(int ingress, long generation)
    {
        var name = IngressObjects.Name(ingress);
        var ready = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[name] = (generation, ready);
        Answer(name);
        return ready.Task;
    }

    /// <summary>Waits until a number of ingresses are ready.</summary>
    public async Task AllReadyAsync(int count, CancellationToken cancellationToken)
    {
        while (Ready < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private void Note(ObjectChange<IngressEcho> change)
    {
        var name = change.Key.Name;
        var before = _seen.GetValueOrDefault(name);
        var after = change.New is { } echo
            ? new Seen(echo.Metadata.ResourceVersion, IsReady(echo) ? echo.Metadata.Generation!.Value : 0, TimeProvider.System.GetTimestamp())
            : default;
        _seen[name] = after;
        if ((before.ReadyGeneration > 0) != (after.ReadyGeneration > 0))
        {
            Interlocked.Add(ref _ready, after.ReadyGeneration > 0 ? 1 : -1);
        }

        if (after.ReadyGeneration > 0)
        {
            LastReadyAt = after.At;
            Answer(name);
        }
    }

    private void Answer(string name)
    {
        if (_waiting.TryGetValue(name, out var waiting) && _seen.TryGetValue(name, out var seen) && seen.ReadyGeneration >= waiting.Generation)
        {
            _waiting.TryRemove(name, out _);
            waiting.Ready.TrySetResult(seen.At);
        }
    }

    private static bool IsReady(IngressEcho echo) =>
        echo.Status?.ObservedGeneration == echo.Metadata.Generation && ConditionSet.IsTrue(echo.Status?.Conditions, ConditionSet.Ready);

    private readonly record struct Seen(string Version, long ReadyGeneration, long At);
}
