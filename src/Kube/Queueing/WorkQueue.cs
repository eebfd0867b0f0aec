namespace Knative.Xds.Kube.Queueing;

/// <summary>Keyed work queue: a key is never handed out twice at once, additions while it is worked on are folded into one, failures back off per key.</summary>
/// <remarks>Threading: safe. Source: the semantics of client-go util/workqueue (dirty and processing sets).</remarks>
public sealed class WorkQueue<TKey> where TKey : notnull
{
    /// <summary>Makes a queue. Per-key backoff is base × 2^failures, at most <paramref name="maxBackoff"/> (upstream: 5 ms, 1000 s).</summary>
    public WorkQueue(TimeProvider time, TimeSpan baseBackoff, TimeSpan maxBackoff) => throw new NotImplementedException();

    /// <summary>Keys that wait.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Adds a key now.</summary>
    public void Add(TKey key) => throw new NotImplementedException();

    /// <summary>Adds a key after a delay; an earlier addition stands.</summary>
    public void AddAfter(TKey key, TimeSpan delay) => throw new NotImplementedException();

    /// <summary>Adds a key after its backoff, which grows.</summary>
    public void AddRateLimited(TKey key) => throw new NotImplementedException();

    /// <summary>Resets the key's backoff.</summary>
    public void Forget(TKey key) => throw new NotImplementedException();

    /// <summary>Takes the next key; pair it with <see cref="Done"/>.</summary>
    public ValueTask<TKey> TakeAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends work on a key; additions meanwhile make it due again.</summary>
    public void Done(TKey key) => throw new NotImplementedException();
}
