namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>Outcome of one request on one connection.</summary>
/// <param name="Answer">The answer; null when this connection gave none.</param>
/// <param name="IsKept">Whether the connection can be used again.</param>
internal readonly record struct PodExchange(StatAnswer? Answer, bool IsKept)
{
    /// <summary>The pod had closed the kept connection: a new one may work.</summary>
    public static readonly PodExchange Stale = new(null, false);

    /// <summary>The connection ended within the answer.</summary>
    public static readonly PodExchange Broken = new(PlainAnswer.Unreachable, false);

    /// <summary>The answer takes a whole HTTP client.</summary>
    public static readonly PodExchange NotPlain = new(null, false) { NeedsClient = true };

    /// <summary>Whether a whole HTTP client must ask again.</summary>
    public bool NeedsClient { get; private init; }
}
