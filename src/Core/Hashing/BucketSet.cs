using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Hashing;

/// <summary>The buckets that revisions are divided into. Each bucket has one owner among the replicas.</summary>
/// <remarks>Threading: safe. Source: knative/pkg hash/bucketer.go, knative/serving pkg/autoscaler/bucket/bucket.go.</remarks>
public sealed class BucketSet
{
    // Far more than any replica owns; forgetting all of them now and then is cheaper than keeping an order.
    private const int MaxRemembered = 65_536;
    private readonly ConcurrentDictionary<ObjectKey, int> _remembered = new();

    /// <summary>Makes the set of <paramref name="count"/> buckets, at least one.</summary>
    public BucketSet(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Names = [.. Enumerable.Range(0, count).Select(ordinal => SubsetSelection.BucketName(ordinal, count))];
    }

    /// <summary>Makes a set of buckets of any names. What was found out of another set is not remembered.</summary>
    public BucketSet(ImmutableArray<string> names) => Names = names;

    /// <summary>Names of the buckets by number; each is the name of a Lease too.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Number of the bucket that a revision belongs to.</summary>
    public int IndexOf(ObjectKey key)
    {
        if (Names.Length == 1)
        {
            return 0;
        }

        if (_remembered.TryGetValue(key, out var index))
        {
            return index;
        }

        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        return _remembered[key] = IndexOf(SubsetSelection.Owner(Names, key.ToString()));
    }

    /// <summary>Number of the bucket of this name; -1 when there is none.</summary>
    public int IndexOf(string name) => Names.IndexOf(name);
}
