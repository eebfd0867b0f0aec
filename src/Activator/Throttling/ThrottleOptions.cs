namespace Knative.Xds.Activation.Throttling;

/// <summary>What a revision's throttle is made from.</summary>
/// <param name="ContainerConcurrency">Requests per pod; 0 means no limit.</param>
/// <param name="OwnAddress">Address of this activator.</param>
/// <param name="MaxWaiting">Requests that may wait.</param>
internal sealed record ThrottleOptions(int ContainerConcurrency, string OwnAddress, int MaxWaiting)
{
    public Func<int, int> Random { get; init; } = System.Random.Shared.Next;
}
