namespace Knative.Xds.Exchanges;

/// <summary>Says in words why a request could not be forwarded.</summary>
internal static class FailureReason
{
    /// <summary>The text of a 502. Of a request that broke off the outer exception only says that there was an error; the inner one knows which.</summary>
    public static string Of(Exception cause) => (cause is HttpRequestException { InnerException: IOException inner } ? inner : cause).Message;
}
