using System.Buffers;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a connection.</summary>
/// <remarks>Source: RFC 9113 section 3.4.</remarks>
internal static class Http2Preface
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Whether <paramref name="buffer"/> starts an HTTP/2 connection; null when more bytes are needed to tell.</summary>
    public static bool? Matches(ReadOnlySequence<byte> buffer)
    {
        var matched = 0;
        foreach (var segment in buffer)
        {
            var length = Math.Min(segment.Length, Preface.Length - matched);
            if (!segment.Span[..length].SequenceEqual(Preface.Slice(matched, length)))
                return false;
            matched += length;
            if (matched == Preface.Length)
                return true;
        }

        return null;
    }
}
