using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube.Watching;

/// <summary>Keeps a local copy of the objects of one kind: paged list, then watch; relist and diff after 410; backoff after errors.</summary>
/// <remarks>Threading: handlers run one at a time, in order, on the informer's own task; the store may be read from anywhere. An object that was deleted and made
/// again under the same name is reported as two changes, so an update never changes the uid.</remarks>
public sealed class Informer<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    // Longer than the longest watch that KubeClient asks for: past it the connection is dead.
    private static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(11);
    // A watch that ends sooner, and empty, is a failure: trying again at once would be a busy loop.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    private readonly IObjectSource<T> _source;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Action<ObjectChange<T>>> _handlers = [];
    private string? _version;
    private volatile string? _failure;
    private volatile bool _isForbidden;
    private int _started;

    /// <summary>Makes an informer; nothing is read before <see cref="RunAsync"/>.</summary>
    public Informer(KubeClient client, ObjectQuery query, TimeProvider time, ILogger logger)
        : this(new KubeObjectSource<T>(client, query), time, logger, Random.Shared.NextDouble)
    {
    }

    internal Informer(IObjectSource<T> source, TimeProvider time, ILogger logger, Func<double> random)
    {
        _source = source;
        _time = time;
        _logger = logger;
        _backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), random);
    }

    /// <summary>The local copy.</summary>
    public ObjectStore<T> Store { get; } = new();

    /// <summary>What the store keeps of an object, its name, uid and resourceVersion at least: handlers are given new objects whole, and former ones as they were kept.</summary>
    public Func<T, T> Kept { get; init; } = value => value;

    /// <summary>Completes when the first full list is in the store and its handlers have run; is cancelled when the informer stops before.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Why the last list or watch failed; null once one has succeeded again.</summary>
    public string? Failure => _failure;

    /// <summary>Whether the API has said that it may not be read; it goes on trying all the same.</summary>
    public bool IsForbidden => _isForbidden;

    /// <summary>Adds a handler; only before <see cref="RunAsync"/>.</summary>
    public void OnChange(Action<ObjectChange<T>> handler)
    {
        if (Volatile.Read(ref _started) != 0)
        {
            throw new InvalidOperationException("handlers are added before the informer runs");
        }

        _handlers.Add(handler);
    }

    /// <summary>Runs until the token fires. Never throws but for cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("an informer runs once");
        }

        try
        {
            await LoopAsync(cancellationToken);
        }
        finally
        {
            // Who waits for the first list must not wait forever.
            _synced.TrySetCanceled(cancellationToken);
        }
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await TurnAsync(cancellationToken) is { } failure)
            {
                _failure = failure;
                var delay = _backoff.Next();
                KubeLog.InformerRetries(_logger, typeof(T).Name, delay, failure);
                await Task.Delay(delay, _time, cancellationToken);
            }
        }
    }

    /// <summary>Lists if needed and watches once; returns why the next turn should wait, or null.</summary>
    private async Task<string?> TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_version is null)
            {
                await ListAsync(cancellationToken);
                _failure = null;
                _isForbidden = false;
                _synced.TrySetResult();
            }

            return await WatchAsync(_version!, cancellationToken) ? null : "the watch ended at once";
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (KubeException refusal) when (refusal.IsGone)
        {
            // History before our version is compacted: only a list tells what happened meanwhile.
            _version = null;
            return refusal.Message;
        }
        catch (Exception error)
        {
            _isForbidden = error is KubeException { StatusCode: 401 or 403 or 404 };
            return error.Message;
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var items = new List<T>();
        var unreadable = new HashSet<ObjectKey>();
        string? next = null;
        ObjectPage<T> page;
        do
        {
            page = await _source.ListAsync(next, cancellationToken);
            items.AddRange(page.Items);
            foreach (var (key, error) in page.Undecodable)
            {
                KubeLog.ObjectUnreadable(_logger, typeof(T).Name, key, error);
                unreadable.Add(key);
            }

            next = page.ContinueToken;
        }
        while (next is not null);

        Replace(items, unreadable);
        _version = page.ResourceVersion;
    }

    /// <summary>Makes the store equal to a list. What is listed but unreadable keeps its last good state.</summary>
    private void Replace(List<T> items, HashSet<ObjectKey> unreadable)
    {
        var present = items.Select(KubeJson.KeyOf).Concat(unreadable).ToHashSet();
        foreach (var key in Store.Keys().Where(key => !present.Contains(key)))
        {
            Remove(key);
        }

        items.ForEach(Put);
    }

    /// <summary>Returns false when the watch ended at once, with nothing in it.</summary>
    private async Task<bool> WatchAsync(string version, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var events = 0L;
        var lasted = false;
        using var deadline = new CancellationTokenSource(LongestWatch, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await foreach (var item in _source.WatchAsync(version, either.Token).WithCancellation(either.Token))
            {
                Apply(item);
                events++;
            }
        }
        finally
        {
            if (events > 0 || _time.GetElapsedTime(started) >= ShortestWatch)
            {
                _backoff.Reset();
                lasted = true;
            }
        }

        return lasted;
    }

    private void Apply(ObjectEvent<T> item)
    {
        switch (item.Type)
        {
            case ObjectEventType.Added or ObjectEventType.Modified:
                Put(item.Value);
                break;
            case ObjectEventType.Deleted:
                Remove(KubeJson.KeyOf(item.Value));
                break;
            case ObjectEventType.Undecodable:
                KubeLog.ObjectUnreadable(_logger, typeof(T).Name, KubeJson.KeyOf(item.Value), "it does not fit its type; the last good one stays");
                break;
        }

        if (item.Value.Metadata.ResourceVersion is { Length: > 0 } version)
        {
            _version = version;
        }
    }

    private void Put(T value)
    {
        var key = KubeJson.KeyOf(value);
        if (Store.TryGet(key, out var old))
        {
            if (IsSame(old, value))
            {
                return;
            }

            if (old.Metadata.Uid != value.Metadata.Uid)
            {
                Remove(key);
                old = null;
            }
        }

        try
        {
            Store.Put(key, old, Kept(value));
        }
        catch (Exception error)
        {
            KubeLog.HandlerFailed(_logger, typeof(T).Name, key, error);
            return;
        }

        Notify(new ObjectChange<T>(key, old, value));
    }

    private void Remove(ObjectKey key)
    {
        if (Store.TryGet(key, out var old))
        {
            Store.Remove(key, old);
            Notify(new ObjectChange<T>(key, old, null));
        }
    }

    private void Notify(ObjectChange<T> change)
    {
        foreach (var handler in _handlers)
        {
            try
            {
                handler(change);
            }
            catch (Exception error)
            {
                // One handler's fault must stop neither the others nor the watch.
                KubeLog.HandlerFailed(_logger, typeof(T).Name, change.Key, error);
            }
        }
    }

    private static bool IsSame(T old, T value) =>
        old.Metadata.Uid == value.Metadata.Uid && !string.IsNullOrEmpty(value.Metadata.ResourceVersion) && old.Metadata.ResourceVersion == value.Metadata.ResourceVersion;
}
