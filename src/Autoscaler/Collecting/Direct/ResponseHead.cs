using System.Buffers.Text;
using System.Text;

namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>Head of an HTTP/1.1 response of the plain kind that queue-proxies send: a length, no transfer coding.</summary>
/// <remarks>Pure, allocates nothing. Anything else is not plain, and is left to a whole HTTP client.</remarks>
internal readonly ref struct ResponseHead
{
    private static ReadOnlySpan<byte> Version => "HTTP/1.1 "u8;

    private ResponseHead(int size, int status, long length, bool isStatType, bool closes) =>
        (Size, Status, Length, IsStatType, Closes) = (size, status, length, isStatType, closes);

    /// <summary>Bytes up to the body.</summary>
    public int Size { get; }

    /// <summary>Status code.</summary>
    public int Status { get; }

    /// <summary>Bytes of the body.</summary>
    public long Length { get; }

    /// <summary>Whether the first Content-Type is exactly that of a stat.</summary>
    public bool IsStatType { get; }

    /// <summary>Whether the connection ends with this response.</summary>
    public bool Closes { get; }

    /// <summary>Reads a head.</summary>
    /// <returns>Whether it is plain; null when it is not complete yet.</returns>
    public static bool? Read(ReadOnlySpan<byte> bytes, out ResponseHead head)
    {
        head = default;
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var lines = bytes[..(end + 2)];
        if (!TakeStatus(ref lines, out var status) || status is < 200 or 204 or 304)
        {
            return false;
        }

        var (length, typeSeen, isStatType, closes) = (-1L, false, false, false);
        while (lines.Length > 0)
        {
            var line = TakeLine(ref lines);
            var colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                return false;
            }

            var name = line[..colon];
            var value = Trim(line[(colon + 1)..]);
            if (Is(name, "content-length"u8))
            {
                // A second one, or a sign: whatever it means, it is not plain.
                if (length >= 0 || !Utf8Parser.TryParse(value, out length, out var read) || read != value.Length || length < 0 || !IsDigit(value[0]))
                {
                    return false;
                }
            }
            else if (Is(name, "transfer-encoding"u8))
            {
                return false;
            }
            else if (Is(name, "content-type"u8))
            {
                isStatType = typeSeen ? isStatType : value.SequenceEqual("application/protobuf"u8);
                typeSeen = true;
            }
            else if (Is(name, "connection"u8))
            {
                closes |= !Is(value, "keep-alive"u8);
            }
        }

        head = new ResponseHead(end + 4, status, length, isStatType, closes);
        return length >= 0;
    }

    private static bool TakeStatus(ref ReadOnlySpan<byte> lines, out int status)
    {
        var line = TakeLine(ref lines);
        status = 0;
        return line.StartsWith(Version) && line.Length >= Version.Length + 3
            && Utf8Parser.TryParse(line.Slice(Version.Length, 3), out status, out var read) && read == 3
            && (line.Length == Version.Length + 3 || line[Version.Length + 3] == (byte)' ');
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOf("\r\n"u8);
        var line = lines[..end];
        lines = lines[(end + 2)..];
        return line;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(text, lower);

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';
}
