namespace Knative.Xds.Kube.Leases;

/// <summary>What a candidate does next.</summary>
internal enum LeaseStep
{
    /// <summary>Nobody has the lease: create the object.</summary>
    Create,
    /// <summary>The lease is free or has run out: write our name into it.</summary>
    Take,
    /// <summary>It is ours: write the time.</summary>
    Renew,
    /// <summary>Somebody else holds it.</summary>
    Wait,
}
