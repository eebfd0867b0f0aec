namespace Knative.Xds.Core.Admission;

/// <summary>First-in-first-out queue of waiters from whose middle a cancelled one leaves in constant time.</summary>
/// <remarks>Threading: guarded by the breaker's lock.</remarks>
internal struct BreakerQueue
{
    private BreakerWaiter? _first;
    private BreakerWaiter? _last;

    internal readonly bool IsEmpty => _first is null;

    internal void Add(BreakerWaiter waiter)
    {
        waiter.Previous = _last;
        waiter.Queued = true;
        if (_last is null)
            _first = waiter;
        else
            _last.Next = waiter;
        _last = waiter;
    }

    internal BreakerWaiter TakeFirst()
    {
        var first = _first!;
        Remove(first);
        return first;
    }

    internal void Remove(BreakerWaiter waiter)
    {
        if (waiter.Previous is null)
            _first = waiter.Next;
        else
            waiter.Previous.Next = waiter.Next;
        if (waiter.Next is null)
            _last = waiter.Previous;
        else
            waiter.Next.Previous = waiter.Previous;
        waiter.Previous = waiter.Next = null;
        waiter.Queued = false;
    }
}
