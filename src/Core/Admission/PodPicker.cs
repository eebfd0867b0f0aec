namespace Knative.Xds.Core.Admission;

/// <summary>Picks the pod that a request goes to and takes a slot of it.</summary>
/// <param name="policy">How to choose.</param>
/// <param name="random">Returns a number from 0 to below its argument; only <see cref="PickPolicy.RandomOfTwo"/> asks.</param>
/// <remarks>Threading: none of its own; the owner of the pods serialises calls. Source: knative/serving pkg/activator/net/lb_policy.go.</remarks>
public sealed class PodPicker(PickPolicy policy, Func<int, int> random)
{
    private int _next;

    /// <summary>The policy for a container concurrency.</summary>
    public static PickPolicy PolicyFor(int containerConcurrency) => containerConcurrency switch
    {
        0 => PickPolicy.RandomOfTwo,
        // Small limits fill pods one after another, so that the rest can be scaled away.
        <= 3 => PickPolicy.FirstAvailable,
        _ => PickPolicy.RoundRobin,
    };

    /// <summary>Takes a slot of one of the pods; null when none is free.</summary>
    /// <param name="pods">Sorted by address, ordinal.</param>
    public PodSlots? TryPick(IReadOnlyList<PodSlots> pods) => policy switch
    {
        PickPolicy.RandomOfTwo => RandomOfTwo(pods),
        PickPolicy.FirstAvailable => FirstFrom(pods, 0, out _),
        _ => RoundRobin(pods),
    };

    private PodSlots? RoundRobin(IReadOnlyList<PodSlots> pods)
    {
        var start = _next < pods.Count ? _next : 0;
        var picked = FirstFrom(pods, start, out var index);
        _next = picked is null ? start : index + 1;
        return picked;
    }

    private static PodSlots? FirstFrom(IReadOnlyList<PodSlots> pods, int start, out int index)
    {
        for (var i = 0; i < pods.Count; i++)
        {
            index = (start + i) % pods.Count;
            if (pods[index].TryTake())
            {
                return pods[index];
            }
        }

        index = -1;
        return null;
    }

    private PodSlots? RandomOfTwo(IReadOnlyList<PodSlots> pods)
    {
        if (pods.Count == 0)
        {
            return null;
        }

        var (first, second) = TwoOf(pods);
        var picked = first.InUse < second.InUse || (first.InUse == second.InUse && random(2) == 0) ? first : second;
        return picked.TryTake() ? picked : null;
    }

    private (PodSlots First, PodSlots Second) TwoOf(IReadOnlyList<PodSlots> pods)
    {
        if (pods.Count <= 2)
        {
            return (pods[0], pods[^1]);
        }

        var first = random(pods.Count);
        var second = random(pods.Count - 1);
        return (pods[first], pods[second < first ? second : second + 1]);
    }
}
