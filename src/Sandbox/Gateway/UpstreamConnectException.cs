namespace Knative.Xds.Sandbox.Gateway;

/// <summary>No connection to an endpoint came about: whatever it was for can be tried elsewhere.</summary>
internal sealed class UpstreamConnectException(string message, Exception inner) : IOException(message, inner)
{
    /// <summary>Whether <paramref name="error"/> comes from one.</summary>
    public static bool IsCauseOf(Exception? error) => error is not null && (error is UpstreamConnectException || IsCauseOf(error.InnerException));
}
