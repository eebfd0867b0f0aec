namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>The header that carries a trace from one program to the next.</summary>
/// <remarks>Source: W3C Trace Context.</remarks>
internal readonly record struct TraceParent(string TraceId, string SpanId, bool IsSampled)
{
    private const int Length = 55;

    public static string Format(string traceId, string spanId) => $"00-{traceId}-{spanId}-01";

    /// <summary>Reads a header; null when there is none, or none that is well-formed.</summary>
    public static TraceParent? Parse(string header)
    {
        if (header.Length < Length || header[2] != '-' || header[35] != '-' || header[52] != '-' || header.StartsWith("ff", StringComparison.Ordinal))
            return null;
        var (trace, span, flags) = (header[3..35], header[36..52], header[53..55]);
        var isKnown = IsHex(header[..2]) && IsHex(trace) && IsHex(span) && IsHex(flags) && trace.Trim('0').Length > 0 && span.Trim('0').Length > 0;
        return isKnown ? new TraceParent(trace, span, (Convert.FromHexString(flags)[0] & 1) != 0) : null;
    }

    private static bool IsHex(string text) => text.All(char.IsAsciiHexDigitLower);
}
