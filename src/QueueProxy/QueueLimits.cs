namespace Knative.Xds.QueueProxy;

/// <summary>Bounds on what clients can make a queue-proxy hold at a time.</summary>
/// <remarks>
/// Upstream bounds none of these but the size of one header block and the time it may take.
/// What they add up to is in docs/operations.md, under Sidecars.
/// </remarks>
public sealed record QueueLimits
{
    internal const int LeastHeaderBytes = 1 << 10;
    // RFC 9113: what every connection begins with.
    internal const int LeastWindowBytes = (1 << 16) - 1;

    // More than any container has: what control groups of the first version say where there is no limit.
    private const long NoLimit = 1L << 60;
    // Its state, what is read ahead of it, what its client has not taken, and its request.
    private const int BytesOfAConnection = 64 << 10;
    // Beside that: the window, and what headers are decoded with.
    private const int BytesOfHttp2 = 256 << 10;
    private const int BytesOfASideConnection = 32 << 20;
    private const int LimitedReadBufferBytes = 16 << 10;
    private const int LeastConnections = 512;
    private const int LeastHttp2Connections = 64;
    private const int LeastSideConnections = 16;

    /// <value>Open connections to the ports of user traffic; a further one is closed at once. Default 16,384.</value>
    public int MaxConnections { get; init; } = 16_384;
    /// <value>How many of them may be of HTTP/2. Default 16,384.</value>
    public int MaxHttp2Connections { get; init; } = 16_384;
    /// <value>Requests inside, running and waiting; a further one gets 503. Default 16,384.</value>
    public int MaxRequests { get; init; } = 16_384;
    /// <value>Largest header block of a request, in bytes; a larger one gets 431. Default 1 MiB, as Go's servers.</value>
    public int MaxHeaderBytes { get; init; } = 1 << 20;
    /// <value>What the headers of all requests inside may have together, in bytes; a request beyond that gets 503. What is still being read is shared out among the open connections. Default 64 MiB.</value>
    public long HeaderBudgetBytes { get; init; } = 64 << 20;
    /// <value>Longest time from a connection's first byte, or a request's, to the end of its headers. Default one minute, as upstream.</value>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromMinutes(1);
    /// <value>What is read ahead of a connection whose request is not being read, in bytes. Default 32 KiB.</value>
    public int ReadBufferBytes { get; init; } = 32 << 10;

    /// <value>Probes that wait for their answer at a time; a further one gets 503. They are not counted among the requests, so that those never keep probes out. Default 256.</value>
    public int MaxProbes { get; init; } = 256;
    /// <value>Open connections to each of the ports beside user traffic; a further one is closed at once. Default 128.</value>
    public int MaxSideConnections { get; init; } = 128;
    /// <value>What may be on its way to clients and to the user container that do not take it, in bytes; beyond that the request is cut off whose response or body has stood still for the longest. Default 64 MiB.</value>
    public long TransferBudgetBytes { get; init; } = 64 << 20;
    /// <value>What a client may send ahead on one HTTP/2 connection, in bytes. Default 256 KiB.</value>
    public int Http2WindowBytes { get; init; } = 256 << 10;
    /// <value>HTTP/2 requests at a time on one connection. Default 250, as Go's servers.</value>
    public int MaxStreamsPerConnection { get; init; } = 250;
    /// <value>Memory of request log lines that nobody has read yet, in bytes; further lines are left out. Default 8 MiB.</value>
    public long LogBytes { get; init; } = 8 << 20;

    /// <summary>The largest header block that is allowed while so many connections are open.</summary>
    public int HeaderBytes(int connections) => (int)Math.Clamp(HeaderBudgetBytes / Math.Max(1, connections), LeastHeaderBytes, MaxHeaderBytes);

    /// <summary>The defaults of a container that may have so much memory: where that is little, fewer connections and requests, and smaller buffers and budgets.</summary>
    /// <remarks>What they add up to is less than the memory, from 512 MiB on.</remarks>
    internal static QueueLimits Within(long memory)
    {
        var defaults = new QueueLimits();
        if (memory >= NoLimit)
            return defaults;
        var connections = Share(memory / 4 / BytesOfAConnection, LeastConnections, defaults.MaxConnections);
        return defaults with
        {
            MaxConnections = connections,
            MaxHttp2Connections = Share(memory / 8 / BytesOfHttp2, LeastHttp2Connections, defaults.MaxHttp2Connections),
            MaxRequests = connections,
            MaxSideConnections = Share(memory / BytesOfASideConnection, LeastSideConnections, defaults.MaxSideConnections),
            ReadBufferBytes = LimitedReadBufferBytes,
            Http2WindowBytes = LeastWindowBytes,
            HeaderBudgetBytes = Math.Clamp(memory / 128, 2 << 20, defaults.HeaderBudgetBytes),
            TransferBudgetBytes = Math.Clamp(memory / 10, 8 << 20, defaults.TransferBudgetBytes),
            LogBytes = Math.Clamp(memory / 32, 1 << 20, defaults.LogBytes),
        };
    }

    // Scrapes and hooks are few and small.
    internal QueueLimits ForSidePorts() => this with
    {
        MaxConnections = MaxSideConnections,
        MaxHttp2Connections = MaxSideConnections,
        MaxHeaderBytes = Math.Min(8 << 10, MaxHeaderBytes),
        Http2WindowBytes = LeastWindowBytes,
        MaxStreamsPerConnection = 8,
    };

    private static int Share(long number, int least, int most) => (int)Math.Clamp(number, least, most);
}
