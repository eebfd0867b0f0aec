using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>Writes protobuf messages by hand: the telemetry library would outweigh the proxy.</summary>
/// <remarks>Source: protobuf encoding. Shape: fields in the order of the calls; nested messages by a callback.</remarks>
internal sealed class ProtoWriter
{
    private const int LengthDelimited = 2;
    private const int Fixed64 = 1;
    private readonly ArrayBufferWriter<byte> _output = new(256);

    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    public ProtoWriter Number(int field, ulong value)
    {
        Varint((uint)field << 3);
        Varint(value);
        return this;
    }

    public ProtoWriter Fixed(int field, ulong value)
    {
        Varint(((uint)field << 3) | Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(_output.GetSpan(sizeof(ulong)), value);
        _output.Advance(sizeof(ulong));
        return this;
    }

    public ProtoWriter Double(int field, double value) => Fixed(field, (ulong)BitConverter.DoubleToInt64Bits(value));

    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((uint)field << 3) | LengthDelimited);
        Varint((uint)value.Length);
        _output.Write(value);
        return this;
    }

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, Action<ProtoWriter> write)
    {
        var inner = new ProtoWriter();
        write(inner);
        return Bytes(field, inner.Written);
    }

    /// <summary>Numbers of eight bytes, packed.</summary>
    public ProtoWriter Packed(int field, IEnumerable<ulong> values)
    {
        var packed = values.SelectMany(value => BitConverter.GetBytes(BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value))).ToArray();
        return Bytes(field, packed);
    }

    private void Varint(ulong value)
    {
        var span = _output.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _output.Advance(length);
    }
}
