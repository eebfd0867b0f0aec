namespace Knative.Xds.Core.Admission;

/// <summary>A request that waits for a permit: a link of the breaker's queue and the promise to its caller.</summary>
/// <remarks>Threading: the links and <see cref="Queued"/> belong to the breaker's lock. The promise runs its continuations elsewhere, so it may be kept anywhere.</remarks>
internal sealed class BreakerWaiter(Breaker breaker, CancellationToken cancellationToken)
    : TaskCompletionSource<BreakerLease?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal BreakerWaiter? Previous { get; set; }

    internal BreakerWaiter? Next { get; set; }

    internal bool Queued { get; set; }

    internal void Grant() => SetResult(new BreakerLease(breaker));

    internal void Cancel()
    {
        // Whoever takes the waiter off the queue decides: a permit granted first stays granted, so that none is lost.
        if (breaker.Abandon(this))
        {
            SetCanceled(cancellationToken);
        }
    }
}
