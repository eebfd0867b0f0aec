namespace Knative.Xds.Core.Admission;

/// <summary>Admits a bounded number of requests at a time and lets a bounded number of others wait their turn.</summary>
/// <remarks>
/// Shape: waiters are admitted in order of arrival. A request holds one of <c>queueDepth + maxConcurrency</c> slots from arrival until its lease is disposed, whatever the capacity of the moment.
/// Threading: every member may be called from anywhere; one short lock, no allocation unless a request has to wait.
/// Source: knative/serving pkg/queue/breaker.go; the infinite form: pkg/activator/net/throttler.go.
/// </remarks>
public sealed class Breaker
{
    private readonly Lock _lock = new();
    private readonly long _totalSlots;
    private readonly bool _infinite;
    private BreakerQueue _queue;
    private int _capacity;
    private int _running;
    private int _waiting;

    /// <summary>Makes a breaker.</summary>
    /// <param name="queueDepth">How many requests may wait while <paramref name="maxConcurrency"/> run; at least 1.</param>
    /// <param name="maxConcurrency">The largest capacity foreseen; not negative.</param>
    /// <param name="initialCapacity">How many requests may run at first; between 0 and <paramref name="maxConcurrency"/>.</param>
    public Breaker(int queueDepth, int maxConcurrency, int initialCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queueDepth, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(maxConcurrency);
        ArgumentOutOfRangeException.ThrowIfNegative(initialCapacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(initialCapacity, maxConcurrency);
        _totalSlots = (long)queueDepth + maxConcurrency;
        _capacity = initialCapacity;
    }

    private Breaker()
    {
        _totalSlots = long.MaxValue;
        _infinite = true;
    }

    /// <summary>Makes the breaker of an unlimited revision: a gate, closed at first, that admits everybody while its capacity is above 0 and lets any number wait while it is 0.</summary>
    public static Breaker CreateInfinite() => new();

    /// <summary>How many requests may run at a time; 0 or 1 for an infinite breaker.</summary>
    public int Capacity => Math.Min(Volatile.Read(ref _capacity), _infinite ? 1 : int.MaxValue);

    /// <summary>How many requests are inside: admitted and waiting ones.</summary>
    public int InFlight
    {
        get
        {
            lock (_lock)
            {
                return _running + _waiting;
            }
        }
    }

    /// <summary>How many requests wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Admits a request if that takes no waiting.</summary>
    public bool TryReserve(out BreakerLease lease)
    {
        lock (_lock)
        {
            if (!CanRun())
            {
                lease = default;
                return false;
            }

            _running++;
        }

        lease = new BreakerLease(this);
        return true;
    }

    /// <summary>Admits a request, waiting for its turn where necessary.</summary>
    /// <returns>The lease, or null when the queue is full.</returns>
    /// <remarks>Errors: <see cref="OperationCanceledException"/> when <paramref name="cancellationToken"/> (which carries the deadline) fires while the request waits; it then is out of the queue.</remarks>
    public ValueTask<BreakerLease?> ReserveAsync(CancellationToken cancellationToken)
    {
        BreakerWaiter waiter;
        lock (_lock)
        {
            if (CanRun())
            {
                _running++;
                return new ValueTask<BreakerLease?>(new BreakerLease(this));
            }

            if (IsFull())
                return new ValueTask<BreakerLease?>((BreakerLease?)null);
            waiter = new BreakerWaiter(this, cancellationToken);
            _queue.Add(waiter);
            _waiting++;
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Changes how many requests may run. More lets waiting ones in; fewer admits nobody until enough running ones have finished.</summary>
    /// <remarks>For an infinite breaker: 0 closes the gate, anything else opens it.</remarks>
    public void UpdateConcurrency(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        lock (_lock)
        {
            _capacity = _infinite && capacity > 0 ? int.MaxValue : capacity;
        }

        while (TakeAdmissible() is { } waiter)
            waiter.Grant();
    }

    internal void Release()
    {
        lock (_lock)
        {
            _running--;
        }

        TakeAdmissible()?.Grant();
    }

    internal bool Abandon(BreakerWaiter waiter)
    {
        lock (_lock)
        {
            if (!waiter.Queued)
                return false;
            _queue.Remove(waiter);
            _waiting--;
            return true;
        }
    }

    private static async ValueTask<BreakerLease?> WaitAsync(BreakerWaiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static state => ((BreakerWaiter)state!).Cancel(), waiter);
        return await waiter.Task.ConfigureAwait(false);
    }

    // The queue is looked at as well: between a release and its grant a newcomer must not overtake those who wait.
    private bool CanRun() => _running < _capacity && _queue.IsEmpty && !IsFull();

    private bool IsFull() => (long)_running + _waiting >= _totalSlots;

    private BreakerWaiter? TakeAdmissible()
    {
        lock (_lock)
        {
            if (_queue.IsEmpty || _running >= _capacity)
                return null;
            _waiting--;
            _running++;
            return _queue.TakeFirst();
        }
    }
}
