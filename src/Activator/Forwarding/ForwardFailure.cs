namespace Knative.Xds.Activation.Forwarding;

/// <summary>Why a request got no response from a pod.</summary>
/// <param name="Reason">What went wrong.</param>
/// <param name="WasNotSent">No pod got any of the request, so another one may have it.</param>
internal sealed record ForwardFailure(string Reason, bool WasNotSent)
{
    /// <summary>Whether an error of the platform's client says that there was no connection.</summary>
    public static bool IsOfConnecting(Exception? error) => error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
}
