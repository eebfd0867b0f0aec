using System.Buffers.Binary;
using System.Text;

namespace Knative.Xds.Core.Stats;

/// <summary>Reads protobuf fields. The first failure is kept and ends the input; reads after it return zero values.</summary>
internal ref struct StatReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private int _fieldStart;

    public StatDecodeError Error { get; private set; }

    /// <summary>Bytes of a name at most: a longer one is not kept, but <see cref="HasLongName"/> says that there was one.</summary>
    public int LongestName { get; init; } = int.MaxValue;

    public bool HasLongName { get; private set; }

    /// <summary>Name that is likely read; used in place of an equal one.</summary>
    public string PodName { get; init; } = "";

    public readonly bool AtEnd => Error != StatDecodeError.None || _position >= _bytes.Length;

    public void Fail(StatDecodeError error)
    {
        if (Error == StatDecodeError.None)
        {
            Error = error;
        }
    }

    public StatDecodeError Merge(ref Stat stat)
    {
        while (!AtEnd)
        {
            ReadTag(out var field, out var wireType);
            switch (field)
            {
                case 1: stat = stat with { PodName = ReadPodName(wireType) }; break;
                case 2: stat = stat with { AverageConcurrentRequests = ReadDouble(wireType) }; break;
                case 3: stat = stat with { AverageProxiedConcurrentRequests = ReadDouble(wireType) }; break;
                case 4: stat = stat with { RequestCount = ReadDouble(wireType) }; break;
                case 5: stat = stat with { ProxiedRequestCount = ReadDouble(wireType) }; break;
                case 6: stat = stat with { ProcessUptime = ReadDouble(wireType) }; break;
                case 7: stat = stat with { Timestamp = ReadInt64(wireType) }; break;
                default: SkipField(); break;
            }
        }

        return Error;
    }

    /// <summary>Reads a tag; a failure gives field 0, which no message knows, so that the caller's default arm runs.</summary>
    public void ReadTag(out int field, out int wireType)
    {
        _fieldStart = _position;
        var tag = ReadVarint();
        field = unchecked((int)(tag >> 3));
        wireType = (int)(tag & 7);
        if (wireType == 4 || field <= 0)
        {
            Fail(StatDecodeError.Invalid);
        }

        if (Error != StatDecodeError.None)
        {
            field = 0;
        }
    }

    public ReadOnlySpan<byte> ReadLengthDelimited(int wireType)
    {
        Expect(wireType, 2);
        var length = unchecked((long)ReadVarint());
        if (length < 0 || length > long.MaxValue - _position)
        {
            Fail(StatDecodeError.Invalid);
        }
        else if (length > _bytes.Length - _position)
        {
            Fail(StatDecodeError.UnexpectedEnd);
        }

        if (Error != StatDecodeError.None)
        {
            return default;
        }

        var value = _bytes.Slice(_position, (int)length);
        _position += (int)length;
        return value;
    }

    public string ReadString(int wireType) => Encoding.UTF8.GetString(ReadName(wireType));

    private string ReadPodName(int wireType)
    {
        var name = ReadName(wireType);
        return Ascii.Equals(name, PodName) ? PodName : Encoding.UTF8.GetString(name);
    }

    private ReadOnlySpan<byte> ReadName(int wireType)
    {
        var name = ReadLengthDelimited(wireType);
        if (name.Length <= LongestName)
        {
            return name;
        }

        HasLongName = true;
        return default;
    }

    /// <summary>Skips the field whose tag was read last: the whole of it, when it is a group.</summary>
    public void SkipField()
    {
        if (Error != StatDecodeError.None)
        {
            return;
        }

        _position = _fieldStart;
        var depth = 0;
        do
        {
            if (_position >= _bytes.Length)
            {
                Fail(StatDecodeError.UnexpectedEnd);
                return;
            }

            depth += SkipOne((int)(ReadVarint() & 7));
        }
        while (depth > 0 && Error == StatDecodeError.None);
        if (depth < 0)
        {
            Fail(StatDecodeError.Invalid);
        }
    }

    /// <summary>Skips a value; the answer is the change of group depth.</summary>
    private int SkipOne(int wireType)
    {
        switch (wireType)
        {
            case 0: ReadVarint(); return 0;
            case 1: Advance(8); return 0;
            case 2: ReadLengthDelimited(2); return 0;
            case 3: return 1;
            case 4: return -1;
            case 5: Advance(4); return 0;
            default: Fail(StatDecodeError.Invalid); return 0;
        }
    }

    private double ReadDouble(int wireType)
    {
        Expect(wireType, 1);
        var at = _position;
        Advance(8);
        return Error == StatDecodeError.None ? BinaryPrimitives.ReadDoubleLittleEndian(_bytes[at..]) : 0;
    }

    private long ReadInt64(int wireType)
    {
        Expect(wireType, 0);
        return unchecked((long)ReadVarint());
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; Error == StatDecodeError.None; shift += 7)
        {
            if (shift >= 64)
            {
                Fail(StatDecodeError.Invalid);
            }
            else if (_position >= _bytes.Length)
            {
                Fail(StatDecodeError.UnexpectedEnd);
            }
            else
            {
                var part = _bytes[_position++];
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                {
                    return value;
                }
            }
        }

        return 0;
    }

    private void Advance(int count)
    {
        if (Error == StatDecodeError.None && count > _bytes.Length - _position)
        {
            Fail(StatDecodeError.UnexpectedEnd);
        }

        _position += Error == StatDecodeError.None ? count : 0;
    }

    private void Expect(int wireType, int expected)
    {
        if (wireType != expected)
        {
            Fail(StatDecodeError.Invalid);
        }
    }
}
