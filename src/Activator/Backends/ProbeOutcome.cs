namespace Knative.Xds.Activation.Backends;

/// <summary>What a probe of a pod found.</summary>
internal enum ProbeOutcome
{
    /// <summary>The queue-proxy says that the pod takes requests.</summary>
    Ready,
    /// <summary>Something answered that is no mesh, but not that it is ready.</summary>
    NotReady,
    /// <summary>The answer is one that a mesh gives for what it does not let through (502, 503); a queue-proxy gives it too.</summary>
    MaybeMesh,
    /// <summary>Nobody listens there, or nobody answered in time. That may be a mesh as well.</summary>
    Unreachable,
}
