namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Counts clients that were turned away, by reason.</summary>
/// <remarks>Threading: every member may be called from anywhere.</remarks>
internal sealed class RefusalCounter
{
    private static readonly string[] Names = ["queue_full", "requests", "connections", "headers_too_large", "headers_timeout", "bad_request", "header_budget", "probes", "transfers", "protocol"];
    private readonly long[] _counts = new long[Names.Length];

    public void Count(Refusal reason) => Interlocked.Increment(ref _counts[(int)reason]);

    /// <summary>Every reason and its count, also where that is zero.</summary>
    public IEnumerable<(string Reason, long Count)> Read() => Names.Select((name, index) => (name, Interlocked.Read(ref _counts[index])));
}
