using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Brings stats of other replicas' revisions to them, one link per bucket.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class Forwarder(Ownership ownership, StatIntake intake, AutoscalerOptions options, ShardingMetrics metrics, TimeProvider time, ILogger<Forwarder> logger)
{
    /// <value>Bytes of all stats that wait: half a kilobyte for each of 100,000, twice.</value>
    private const long Room = 96 * 1024 * 1024;
    private volatile BucketLink[] _links = [];
    // What comes in before the buckets are known.
    private readonly FairQueue _early = new(BucketLink.MaxWaiting, Room / 2);

    /// <summary>Sends a stat on.</summary>
    /// <param name="source">Address of who brought it.</param>
    /// <param name="forwarded">Whether another replica sent it here, which is then given time to learn who the owner is.</param>
    /// <param name="message">The stat.</param>
    public void Send(string source, bool forwarded, in StatMessage message)
    {
        var links = _links;
        if (links.Length == 0)
        {
            Keep(source, message);
        }
        else if (forwarded)
        {
            links[ownership.Buckets!.IndexOf(message.Key)].SendLater(source, message);
        }
        else
        {
            links[ownership.Buckets!.IndexOf(message.Key)].Send(source, message);
        }
    }

    /// <summary>A bucket has another holder; empty when it has none.</summary>
    public void SetHolder(int bucket, string address) => _links[bucket].SetHolder(address);

    /// <summary>We own a bucket now: what waited for its owner is taken here.</summary>
    public void Wake(int bucket) => _links[bucket].Wake();

    public string HolderAddress(int bucket) => _links.Length == 0 ? "" : _links[bucket].Holder;

    /// <summary>Makes the links; after <see cref="Ownership.Begin"/>.</summary>
    public void Begin(BucketSet buckets)
    {
        _links = [.. buckets.Names.Select((name, index) => new BucketLink(name, Room / buckets.Names.Length, () => ownership.OwnsBucket(index), intake, options, metrics, time, logger))];
        Release();
    }

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_links.Select(link => link.RunAsync(cancellationToken)));

    // A moment, while caches fill.
    private void Keep(string source, in StatMessage message)
    {
        metrics.Dropped(ShardingMetrics.Overflow, _early.Add(source, message));
        if (_links.Length > 0)
        {
            Release();
        }
    }

    private void Release()
    {
        while (_early.TryTake(out var source, out var message))
        {
            Send(source, forwarded: false, message);
        }
    }
}
