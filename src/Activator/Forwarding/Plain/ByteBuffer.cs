using System.Buffers;
using System.Text;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Bytes on their way to or from a pod; it holds memory only while it holds bytes.</summary>
/// <remarks>Threading: one user at a time.</remarks>
internal sealed class ByteBuffer
{
    /// <value>What it takes for a start.</value>
    public const int FirstSize = 8 * 1024;
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public int Length => _end - _start;

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(_start, Length);

    /// <summary>Room after the content; never empty.</summary>
    public Memory<byte> Room()
    {
        MakeRoom(1);
        return _bytes.AsMemory(_end);
    }

    /// <summary>So many bytes were put into the room.</summary>
    public void Grew(int count) => _end += count;

    public void Consume(int count) => _start += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Adds text as Latin-1, in which headers travel.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        MakeRoom(text.Length);
        _end += Encoding.Latin1.GetBytes(text, _bytes.AsSpan(_end));
    }

    /// <summary>Forgets the content and gives the memory back.</summary>
    public void Clear()
    {
        var bytes = _bytes;
        (_bytes, _start, _end) = ([], 0, 0);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void MakeRoom(int count)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        if (_bytes.Length - _end >= count)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, 2 * Length + count));
        var content = Content;
        content.CopyTo(larger);
        Clear();
        (_bytes, _end) = (larger, content.Length);
    }
}
