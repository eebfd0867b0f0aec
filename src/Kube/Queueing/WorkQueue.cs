using System.Threading.Channels;

namespace Knative.Xds.Kube.Queueing;

/// <summary>Keyed work queue: a key is never handed out twice at once, additions while it is worked on are folded into one, failures back off per key.</summary>
/// <remarks>Threading: safe. Source: the semantics of client-go util/workqueue (dirty and processing sets).</remarks>
public sealed class WorkQueue<TKey> : IDisposable where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _baseBackoff;
    private readonly TimeSpan _maxBackoff;
    private readonly long _start;
    private readonly ITimer _timer;
    // Ready keys in order; what the sets below say about them is guarded by the lock.
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly HashSet<TKey> _dirty = [];
    private readonly HashSet<TKey> _processing = [];
    private readonly Dictionary<TKey, int> _failures = [];
    // Keys that wait for an instant (time since _start). The queue may hold outdated entries; the dictionary decides.
    private readonly Dictionary<TKey, TimeSpan> _dueAt = [];
    private readonly PriorityQueue<TKey, TimeSpan> _waiting = new();

    /// <summary>Makes a queue. Per-key backoff is base × 2^failures, at most <paramref name="maxBackoff"/> (upstream: 5 ms, 1000 s).</summary>
    public WorkQueue(TimeProvider time, TimeSpan baseBackoff, TimeSpan maxBackoff)
    {
        (_time, _baseBackoff, _maxBackoff) = (time, baseBackoff, maxBackoff);
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Promote(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait to be taken; neither those being worked on nor those whose delay still runs.</summary>
    public int Count => _ready.Reader.Count;

    /// <summary>Adds a key now.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            AddLocked(key);
        }
    }

    /// <summary>Adds a key after a delay; an earlier addition stands.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            var due = Now + delay;
            if (_dueAt.TryGetValue(key, out var earlier) && earlier <= due)
            {
                return;
            }

            _dueAt[key] = due;
            _waiting.Enqueue(key, due);
            Arm();
        }
    }

    /// <summary>Adds a key after its backoff, which grows.</summary>
    public void AddRateLimited(TKey key)
    {
        int failures;
        lock (_lock)
        {
            failures = _failures.GetValueOrDefault(key);
            _failures[key] = failures + 1;
        }

        var milliseconds = Math.Min(_maxBackoff.TotalMilliseconds, _baseBackoff.TotalMilliseconds * Math.Pow(2, failures));
        AddAfter(key, TimeSpan.FromMilliseconds(milliseconds));
    }

    /// <summary>Resets the key's backoff.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>How often the key was added with backoff since it was forgotten.</summary>
    public int Failures(TKey key)
    {
        lock (_lock)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    /// <summary>Takes the next key; pair it with <see cref="Done"/>.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        var key = await _ready.Reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            _dirty.Remove(key);
            _processing.Add(key);
        }

        return key;
    }

    /// <summary>Ends work on a key; additions meanwhile make it due again.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            if (_processing.Remove(key) && _dirty.Contains(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Stops the delays; keys that wait for one stay out.</summary>
    public void Dispose() => _timer.Dispose();

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private void AddLocked(TKey key)
    {
        if (_dirty.Add(key) && !_processing.Contains(key))
        {
            _ready.Writer.TryWrite(key);
        }
    }

    private void Promote()
    {
        lock (_lock)
        {
            var now = Now;
            while (_waiting.TryPeek(out var key, out var due) && due <= now)
            {
                _waiting.Dequeue();
                if (_dueAt.TryGetValue(key, out var valid) && valid == due)
                {
                    _dueAt.Remove(key);
                    AddLocked(key);
                }
            }

            Arm();
        }
    }

    private void Arm()
    {
        if (_waiting.TryPeek(out _, out var due))
        {
            var wait = due - Now;
            // Timers count in milliseconds: rounding up keeps one from firing just before its key is due.
            var milliseconds = Math.Ceiling(Math.Max(0, wait.TotalMilliseconds));
            _timer.Change(TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue)), Timeout.InfiniteTimeSpan);
        }
    }
}
