using System.Collections.Immutable;

namespace Knative.Xds.Core.Admission;

/// <summary>Shares the pods of a revision among the activators, so that together they respect its container concurrency.</summary>
/// <remarks>Source: knative/serving pkg/activator/net/throttler.go, assignSlice and inferIndex.</remarks>
public static class PodAssignment
{
    /// <value>Index of an activator that does not know its place.</value>
    public const int UnknownIndex = -1;

    /// <summary>The pods that one activator may use. Every pod belongs to exactly one activator, unless there are more activators than pods.</summary>
    /// <param name="sortedPods">All pods, in an order that every activator agrees on.</param>
    /// <param name="activatorIndex">This activator's place; <see cref="UnknownIndex"/> means that it may use all.</param>
    /// <param name="activatorCount">Number of activators.</param>
    /// <remarks>Shape: a whole share each, then one of the pods left over at the end.</remarks>
    public static ImmutableArray<T> Share<T>(ImmutableArray<T> sortedPods, int activatorIndex, int activatorCount)
    {
        var pods = sortedPods.Length;
        if (activatorIndex == UnknownIndex || pods <= 1 || activatorCount == 1)
        {
            return sortedPods;
        }

        if (activatorCount > pods)
        {
            return [sortedPods[activatorIndex % pods]];
        }

        var share = pods / activatorCount;
        var own = sortedPods.AsSpan().Slice(activatorIndex * share, share);
        var leftOver = pods % activatorCount;
        return activatorIndex < leftOver ? [.. own, sortedPods[pods - leftOver + activatorIndex]] : [.. own];
    }

    /// <summary>Place of an address among the activators; <see cref="UnknownIndex"/> when it is not one of them.</summary>
    /// <param name="sortedAddresses">Addresses of all activators, ordinal order.</param>
    /// <param name="own">Address to look for.</param>
    public static int IndexOf(ImmutableArray<string> sortedAddresses, string own)
    {
        var index = sortedAddresses.BinarySearch(own, StringComparer.Ordinal);
        return index < 0 ? UnknownIndex : index;
    }
}
