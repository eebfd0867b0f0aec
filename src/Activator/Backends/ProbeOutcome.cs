namespace Knative.Xds.Activation.Backends;

/// <summary>What a probe of a pod found.</summary>
internal enum ProbeOutcome
{
    /// <summary>The queue-proxy says that the pod takes requests.</summary>
    Ready,
    /// <summary>Something answered, but not that it is ready.</summary>
    NotReady,
    /// <summary>Nobody listens there, or nobody answered in time.</summary>
    Unreachable,
}
