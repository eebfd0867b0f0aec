namespace Knative.Xds.Kube.Leases;

/// <summary>A lease as a candidate sees it.</summary>
/// <param name="Holder">Identity of the holder; empty when it was released.</param>
/// <param name="Duration">How long the holder asked to be left alone.</param>
/// <param name="Version">resourceVersion: it changes with every renewal.</param>
/// <param name="SeenAt">Since when we know this version, on our own monotonic clock. The times in the lease are of the holder's clock and are not compared.</param>
/// <remarks>Pure. Source: client-go tools/leaderelection.</remarks>
internal sealed record ObservedLease(string Holder, TimeSpan Duration, string Version, TimeSpan SeenAt)
{
    /// <summary>Takes in a reading; the same version keeps its age.</summary>
    public static ObservedLease Observe(ObservedLease? before, string holder, TimeSpan duration, string version, TimeSpan now) =>
        before is not null && before.Version == version ? before : new ObservedLease(holder, duration, version, now);

    /// <summary>What <paramref name="identity"/> does about it; null means that there is no such object.</summary>
    public static LeaseStep Decide(ObservedLease? lease, string identity, TimeSpan now)
    {
        if (lease is null)
        {
            return LeaseStep.Create;
        }

        if (lease.Holder == identity)
        {
            return LeaseStep.Renew;
        }

        return lease.Holder.Length == 0 || now - lease.SeenAt > lease.Duration ? LeaseStep.Take : LeaseStep.Wait;
    }
}
