using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Knative.Xds.Testing;

namespace Knative.Xds.Conformance.Descriptors;

/// <summary>The descriptors that the real Envoy was compiled with: protobuf for C++ keeps each file's, serialised, in the program.</summary>
internal static class EnvoyDescriptors
{
    private const byte NameTag = 0x0a;
    private const byte PackageTag = 0x12;

    /// <summary>Envoy's version of the named files that it has; skips the test when there is no Envoy.</summary>
    public static async Task<FileDescriptorSet> GetAsync(IEnumerable<string> names)
    {
        var program = await File.ReadAllBytesAsync(RealComponents.OrSkip(RealComponents.Envoy, "Envoy"), TestContext.Current.CancellationToken);
        return new FileDescriptorSet { File = { names.Select(name => Find(program, name)).OfType<FileDescriptorProto>() } };
    }

    private static FileDescriptorProto? Find(ReadOnlySpan<byte> program, string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        byte[] beginning = [NameTag, (byte)utf8.Length, .. utf8, PackageTag];
        var start = program.IndexOf(beginning);
        return start < 0 ? null : FileDescriptorProto.Parser.ParseFrom(program.Slice(start, Length(program[start..])));
    }

    // Nothing says how long a descriptor is: it ends where no field of it follows, or the name of the next one.
    private static int Length(ReadOnlySpan<byte> bytes)
    {
        var length = FieldLength(bytes);
        while (bytes[length] != NameTag && FieldLength(bytes[length..]) is var field and > 0)
        {
            length += field;
        }

        return length;
    }

    private static int FieldLength(ReadOnlySpan<byte> bytes)
    {
        var tag = bytes[0];
        if (tag >= 0x80 || FileDescriptorProto.Descriptor.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag)) is null)
        {
            return 0;
        }

        var (value, size) = Varint(bytes[1..]);
        return WireFormat.GetTagWireType(tag) switch
        {
            WireFormat.WireType.Varint => 1 + size,
            WireFormat.WireType.LengthDelimited => 1 + size + value,
            _ => 0,
        };
    }

    private static (int Value, int Size) Varint(ReadOnlySpan<byte> bytes)
    {
        var (value, size) = (0, 0);
        do
        {
            value |= (bytes[size] & 0x7f) << (7 * size);
        }
        while (bytes[size++] >= 0x80);
        return (value, size);
    }
}
