namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>What is published of every revision.</summary>
internal enum RevisionValue
{
    /// <summary>Pods that the decider wants.</summary>
    Desired,
    /// <summary>Pods asked of the scale target.</summary>
    Requested,
    /// <summary>Ready pods.</summary>
    Ready,
    /// <summary>Pods that are not ready.</summary>
    NotReady,
    /// <summary>Pending pods.</summary>
    Pending,
    /// <summary>Terminating pods.</summary>
    Terminating,
    /// <summary>Excess burst capacity.</summary>
    ExcessCapacity,
    /// <summary>1 while panicking.</summary>
    Panic,
    /// <summary>Average concurrency over the stable window.</summary>
    StableConcurrency,
    /// <summary>Average concurrency over the panic window.</summary>
    PanicConcurrency,
    /// <summary>Wanted concurrency per pod.</summary>
    TargetConcurrency,
    /// <summary>Requests per second over the stable window.</summary>
    StableRps,
    /// <summary>Requests per second over the panic window.</summary>
    PanicRps,
    /// <summary>Wanted requests per second per pod.</summary>
    TargetRps,
}
