namespace Knative.Xds.Core.Admission;

/// <summary>How many requests an activator may have at a revision at once.</summary>
/// <remarks>Source: knative/serving pkg/activator/net/throttler.go, calculateCapacity.</remarks>
public static class CapacityRule
{
    /// <value>Stands for "no limit".</value>
    public const int Unlimited = int.MaxValue;

    /// <summary>Capacity of one activator.</summary>
    /// <param name="containerConcurrency">Requests per pod; 0 means no limit.</param>
    /// <param name="backends">Pods behind the revision's Service.</param>
    /// <param name="trackedPods">Pods that this activator routes to directly; 0 when it goes through the Service's address.</param>
    /// <param name="activators">Activators that share the Service's address.</param>
    /// <remarks>Shape: 0 when nothing can be reached, <see cref="Unlimited"/> when nothing limits.</remarks>
    public static int Compute(int containerConcurrency, int backends, int trackedPods, int activators)
    {
        long capacity = (long)containerConcurrency * (trackedPods > 0 ? trackedPods : backends);
        if (trackedPods == 0 && capacity > 0)
        {
            capacity = Math.Max(1, capacity / AtLeastOne(activators));
        }

        var unlimited = backends > 0 && (containerConcurrency == 0 || capacity > Unlimited);
        return unlimited ? Unlimited : (int)Math.Min(capacity, Unlimited);
    }

    /// <summary>A number to divide by: an activator that does not know how many there are is one.</summary>
    public static int AtLeastOne(int count) => Math.Max(1, count);
}
