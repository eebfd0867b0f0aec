namespace Knative.Xds.QueueProxy.Probing;

/// <summary>How a user container is probed.</summary>
internal enum UserProbeKind
{
    /// <summary>No handler is given: never ready.</summary>
    None,
    Tcp,
    Http,
    Grpc,
}
