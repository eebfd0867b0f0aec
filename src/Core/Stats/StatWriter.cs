using System.Buffers.Binary;
using System.Text;

namespace Knative.Xds.Core.Stats;

/// <summary>Writes protobuf fields into a span that is large enough; sizes are computed first, so nothing is copied.</summary>
internal ref struct StatWriter(Span<byte> output)
{
    private readonly Span<byte> _output = output;
    private int _position;

    public static int SizeOf(in Stat stat) =>
        SizeOf(stat.PodName)
        + SizeOf(stat.AverageConcurrentRequests) + SizeOf(stat.AverageProxiedConcurrentRequests)
        + SizeOf(stat.RequestCount) + SizeOf(stat.ProxiedRequestCount) + SizeOf(stat.ProcessUptime)
        + (stat.Timestamp == 0 ? 0 : 1 + SizeOfVarint(unchecked((ulong)stat.Timestamp)));

    public static int SizeOf(in StatMessage message) =>
        SizeOf(message.Key.Namespace ?? "") + SizeOf(message.Key.Name ?? "") + SizeOfField(SizeOf(message.Stat));

    /// <summary>Size of a length-delimited field with a one-byte tag.</summary>
    public static int SizeOfField(int length) => 1 + SizeOfVarint((ulong)length) + length;

    public void Write(in StatMessage message)
    {
        WriteTagAndLength(1, SizeOf(message));
        WriteString(1, message.Key.Namespace ?? "");
        WriteString(2, message.Key.Name ?? "");
        WriteTagAndLength(3, SizeOf(message.Stat));
        Write(message.Stat);
    }

    public void Write(in Stat stat)
    {
        WriteString(1, stat.PodName);
        WriteDouble(2, stat.AverageConcurrentRequests);
        WriteDouble(3, stat.AverageProxiedConcurrentRequests);
        WriteDouble(4, stat.RequestCount);
        WriteDouble(5, stat.ProxiedRequestCount);
        WriteDouble(6, stat.ProcessUptime);
        if (stat.Timestamp != 0)
        {
            WriteVarint(7 << 3);
            WriteVarint(unchecked((ulong)stat.Timestamp));
        }
    }

    private static int SizeOf(string text) => text.Length == 0 ? 0 : SizeOfField(Encoding.UTF8.GetByteCount(text));

    // Upstream compares with zero, so a negative zero is left out as well.
    private static int SizeOf(double value) => value == 0 ? 0 : 9;

    private static int SizeOfVarint(ulong value)
    {
        var size = 1;
        while ((value >>= 7) != 0)
        {
            size++;
        }

        return size;
    }

    private void WriteTagAndLength(int field, int length)
    {
        WriteVarint((ulong)((field << 3) | 2));
        WriteVarint((ulong)length);
    }

    private void WriteString(int field, string text)
    {
        if (text.Length > 0)
        {
            WriteTagAndLength(field, Encoding.UTF8.GetByteCount(text));
            _position += Encoding.UTF8.GetBytes(text, _output[_position..]);
        }
    }

    private void WriteDouble(int field, double value)
    {
        if (value != 0)
        {
            WriteVarint((ulong)((field << 3) | 1));
            BinaryPrimitives.WriteDoubleLittleEndian(_output[_position..], value);
            _position += 8;
        }
    }

    private void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _output[_position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _output[_position++] = (byte)value;
    }
}
