namespace Knative.Xds.QueueProxy;

/// <summary>Bounds on what clients can make a queue-proxy hold at a time.</summary>
/// <remarks>
/// Upstream bounds none of these but the size of one header block and the time it may take.
/// Memory stays below: connections × (<see cref="ReadBufferBytes"/> + 16 KiB) + requests × 32 KiB + header blocks, whose sum <see cref="HeaderBudgetBytes"/> keeps small:
/// the more connections are open, the smaller a block may be.
/// </remarks>
public sealed record QueueLimits
{
    /// <value>Open connections to the ports of user traffic; a further one is closed at once. Default 16,384.</value>
    public int MaxConnections { get; init; } = 16_384;
    /// <value>Requests inside, running and waiting; a further one gets 503. Default 16,384.</value>
    public int MaxRequests { get; init; } = 16_384;
    /// <value>Largest header block of a request, in bytes; a larger one gets 431. Default 1 MiB, as Go's servers.</value>
    public int MaxHeaderBytes { get; init; } = 1 << 20;
    /// <value>What all header blocks may hold together, in bytes, shared out among the open connections. Default 64 MiB.</value>
    public long HeaderBudgetBytes { get; init; } = 64 << 20;
    /// <value>Longest time from a connection's first byte, or a request's, to the end of its headers. Default one minute, as upstream.</value>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromMinutes(1);
    /// <value>What is read ahead of a connection whose request is not being read, in bytes. Default 32 KiB.</value>
    public int ReadBufferBytes { get; init; } = 32 << 10;

    /// <summary>The largest header block that is allowed while so many connections are open.</summary>
    public int HeaderBytes(int connections) => (int)Math.Clamp(HeaderBudgetBytes / Math.Max(1, connections), Math.Min(16 << 10, MaxHeaderBytes), MaxHeaderBytes);
}
