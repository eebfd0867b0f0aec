namespace Knative.Xds.Limits;

/// <summary>What the server says when it ends an HTTP/2 connection because of what its client did.</summary>
/// <remarks>Its exceptions are not public: what they say is all that tells them apart, and where that is another one day they count as a broken protocol. Threading: every member may be called from anywhere.</remarks>
internal sealed class ConnectionErrors
{
    /// <value>Category of the server's logger that says it, at level Debug and above.</value>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    private const int Remembered = 16;
    private static readonly string[] TooLarge = ["Request headers too long", "too many headers", "headers length exceeded"];
    private readonly Lock _gate = new();
    private readonly string?[] _ended = new string?[Remembered];
    private int _next;

    /// <summary>Whether the event says so.</summary>
    public static bool IsIn(EventId id) => id.Name is "Http2ConnectionError" or "HPackDecodingError" or "Http2QueueOperationsExceeded" or "Http2FlowControlQueueOperationsExceeded";

    /// <summary>Whether it is about the size of headers.</summary>
    public static bool IsTooLarge(Exception? error) => error is not null && Array.Exists(TooLarge, text => error.Message.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether it is the first one of its connection: it may be said again, and of each frame that had still to be sent.</summary>
    public bool IsFirst<TState>(TState state)
    {
        if (IdOf(state) is not { } connection)
        {
            return true;
        }

        lock (_gate)
        {
            if (Array.IndexOf(_ended, connection) >= 0)
            {
                return false;
            }

            _ended[_next] = connection;
            _next = (_next + 1) % Remembered;
            return true;
        }
    }

    private static string? IdOf<TState>(TState state)
    {
        foreach (var (name, value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
        {
            if (name == "ConnectionId")
            {
                return value as string;
            }
        }

        return null;
    }
}
