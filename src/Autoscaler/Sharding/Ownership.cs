using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Which revisions this replica is responsible for.</summary>
/// <remarks>Threading: each bucket is set by its own elector's task, read from anywhere.</remarks>
internal sealed class Ownership
{
    private readonly Lock _lock = new();
    private volatile Held[] _held = [];
    private volatile BucketSet? _buckets;

    /// <summary>The buckets; null before the settings are known, and then nothing is owned.</summary>
    public BucketSet? Buckets => _buckets;

    /// <summary>Begins with these buckets, none of them owned. <paramref name="isLeader"/> is asked beside what was set, as a lease can run out before anyone is told.</summary>
    public void Begin(BucketSet buckets, Func<int, bool> isLeader)
    {
        _held = [.. Enumerable.Range(0, buckets.Names.Length).Select(index => new Held(() => isLeader(index)))];
        _buckets = buckets;
    }

    public bool Owns(ObjectKey key) => _buckets is { } buckets && OwnsBucket(buckets.IndexOf(key));

    public bool OwnsBucket(int index) => _held[index] is { Owned: true } held && held.IsLeader();

    /// <summary>Fires when a revision's bucket is lost: what is under way for it must end. Already fired when the bucket is not owned.</summary>
    public CancellationToken UntilLost(ObjectKey key) => _buckets is { } buckets ? _held[buckets.IndexOf(key)].UntilLost.Token : new CancellationToken(canceled: true);

    public void Take(int index)
    {
        lock (_lock)
        {
            _held[index] = new Held(_held[index].IsLeader) { Owned = true };
        }
    }

    public void Lose(int index)
    {
        lock (_lock)
        {
            _held[index].Owned = false;
            _held[index].UntilLost.Cancel();
        }
    }

    private sealed class Held(Func<bool> isLeader)
    {
        public Func<bool> IsLeader => isLeader;
        public volatile bool Owned;
        // Not disposed: who read it may still ask, and it holds no timer.
        public CancellationTokenSource UntilLost { get; } = new();
    }
}
