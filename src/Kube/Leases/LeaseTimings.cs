namespace Knative.Xds.Kube.Leases;

/// <summary>The clockwork of a leader election.</summary>
/// <param name="Duration">How long others leave a lease alone that is not renewed.</param>
/// <param name="RenewDeadline">After how long without renewal a leader gives up; shorter than <paramref name="Duration"/>, so that there are never two.</param>
/// <param name="RetryPeriod">Time between tries.</param>
public sealed record LeaseTimings(TimeSpan Duration, TimeSpan RenewDeadline, TimeSpan RetryPeriod)
{
    /// <summary>15 s, 10 s, 2 s, as Kubernetes' own controllers.</summary>
    public static LeaseTimings Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
}
