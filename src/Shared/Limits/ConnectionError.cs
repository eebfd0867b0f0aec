namespace Knative.Xds.Limits;

/// <summary>What the server says when it ends an HTTP/2 connection because of what its client did.</summary>
/// <remarks>Its exceptions are not public: what they say is all that tells them apart, and where that is another one day they count as a broken protocol.</remarks>
internal static class ConnectionError
{
    /// <value>Category of the server's logger that says it, at level Debug.</value>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    private static readonly string[] TooLarge = ["Request headers too long", "too many headers", "headers length exceeded"];

    /// <summary>Whether the event says so.</summary>
    public static bool IsIn(EventId id) => id.Name is "Http2ConnectionError" or "HPackDecodingError";

    /// <summary>Whether it is about the size of headers.</summary>
    public static bool IsTooLarge(Exception? error) => error is not null && Array.Exists(TooLarge, text => error.Message.Contains(text, StringComparison.OrdinalIgnoreCase));
}
