namespace Knative.Xds.Activation.Forwarding;

/// <summary>Why a request got no response from a pod.</summary>
/// <param name="Reason">What went wrong.</param>
/// <param name="IsUnreachable">No connection came about, so nothing of the request was sent and another pod may have it.</param>
internal sealed record ForwardFailure(string Reason, bool IsUnreachable);
