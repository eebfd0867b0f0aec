using System.Collections.Immutable;
using System.Globalization;

namespace Knative.Xds.Core.Hashing;

/// <summary>Consistent choice of a few names out of many for a target: activators of a revision, the bucket that owns a key.</summary>
/// <remarks>Source: knative/pkg hash/hash.go.</remarks>
public static class SubsetSelection
{
    private const int Universe = 2048;

    /// <summary>Chooses <paramref name="count"/> of the distinct names, sorted by their UTF-8 bytes; all of them when there are no more.</summary>
    /// <remarks>Upstream never ends with more than 2048 names; names beyond the first 2048 are then not chosen here.</remarks>
    public static ImmutableArray<string> Choose(IEnumerable<string> from, int count, string target)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(target);
        var names = from.Distinct(StringComparer.Ordinal).Order(Utf8Comparer.Instance).ToImmutableArray();
        if (count >= names.Length)
        {
            return names;
        }

        var slots = Slots(names, target);
        var chosen = new bool[slots.Length];
        var angle = Start(target);
        var step = Step(target);
        for (var i = 0; i < Math.Min(count, slots.Length); i++)
        {
            var index = FirstFree(slots, chosen, angle);
            chosen[index] = true;
            angle = (angle + step) % Universe;
        }

        return [.. slots.Where((_, index) => chosen[index]).Select(slot => slot.Name).Order(Utf8Comparer.Instance)];
    }

    /// <summary>The one bucket that owns <paramref name="key"/> (<c>namespace/name</c>); empty when there are no buckets.</summary>
    public static string Owner(IEnumerable<string> buckets, string key) => Choose(buckets, 1, key).FirstOrDefault("");

    /// <summary>Name of a leader election bucket of the autoscaler.</summary>
    /// <remarks>Source: knative/serving pkg/autoscaler/bucket/bucket.go.</remarks>
    public static string BucketName(int ordinal, int total) =>
        string.Create(CultureInfo.InvariantCulture, $"autoscaler-bucket-{ordinal:00}-of-{total:00}");

    internal static int Start(string target) => SlotOf(Fnv1a.Append(Fnv1a.Append(Fnv1a.Empty, target), "start-angle-salt"));

    internal static int Step(string target) => SlotOf(Fnv1a.Append(Fnv1a.Append(Fnv1a.Empty, target), "step-angle-salt"));

    internal static ImmutableArray<(int Slot, string Name)> Slots(ImmutableArray<string> sortedNames, string target)
    {
        var taken = new SortedDictionary<int, string>();
        foreach (var name in sortedNames.Take(Universe))
        {
            var hash = Fnv1a.Append(Fnv1a.Append(Fnv1a.Empty, name), target);
            while (!taken.TryAdd(SlotOf(hash), name))
            {
                hash = Fnv1a.Append(hash, hash.ToString("x", CultureInfo.InvariantCulture));
            }
        }

        return [.. taken.Select(pair => (pair.Key, pair.Value))];
    }

    private static int SlotOf(ulong hash) => (int)(hash % Universe);

    private static int FirstFree(ImmutableArray<(int Slot, string Name)> slots, bool[] chosen, int angle)
    {
        var index = 0;
        while (index < slots.Length && slots[index].Slot < angle)
        {
            index++;
        }

        index %= slots.Length;
        while (chosen[index])
        {
            index = (index + 1) % slots.Length;
        }

        return index;
    }
}
