namespace Knative.Xds.Activation.Throttling;

/// <summary>Bounds how many requests of all revisions together may wait for capacity.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class WaitingBudget(int limit)
{
    private int _used;

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _used) <= limit)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _used);
}
