namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Why a stream is ended by the server.</summary>
public enum StreamEndReason
{
    /// <summary>A request that the protocol does not allow.</summary>
    InvalidRequest,
    /// <summary>A subscription beyond <see cref="StreamPolicy"/>.</summary>
    TooMany,
}
