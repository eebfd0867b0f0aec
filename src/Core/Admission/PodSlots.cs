namespace Knative.Xds.Core.Admission;

/// <summary>One pod with the number of requests that it works on and may work on.</summary>
/// <remarks>Threading: none of its own; the owner of the list it is in serialises access.</remarks>
public sealed class PodSlots
{
    /// <value>Capacity of a pod without a limit.</value>
    public const int Unlimited = 0;

    /// <summary>A pod with nothing to do.</summary>
    /// <param name="address">Where it listens, as <c>ip:port</c>.</param>
    /// <param name="capacity">Requests at once; <see cref="Unlimited"/> for no limit.</param>
    public PodSlots(string address, int capacity)
    {
        Address = address;
        Capacity = capacity;
        IsLimited = capacity != Unlimited;
    }

    /// <summary>Where the pod listens, as <c>ip:port</c>.</summary>
    public string Address { get; }

    /// <summary>Requests that it may work on at once. Lowering it below <see cref="InUse"/> lets the running ones finish.</summary>
    public int Capacity { get; set; }

    /// <summary>Whether <see cref="Capacity"/> counts at all.</summary>
    public bool IsLimited { get; }

    /// <summary>Requests that it works on.</summary>
    public int InUse { get; private set; }

    /// <summary>Takes a slot; false when none is free.</summary>
    public bool TryTake()
    {
        if (IsLimited && InUse >= Capacity)
        {
            return false;
        }

        InUse++;
        return true;
    }

    /// <summary>Gives back a slot that was taken.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when none is taken.</remarks>
    public void Give()
    {
        if (InUse == 0)
        {
            throw new InvalidOperationException($"No slot of pod {Address} is taken");
        }

        InUse--;
    }
}
