namespace Knative.Xds.Kube.Client;

/// <summary>Cuts a stream into its lines, as bytes. The bytes of a line are good until the next one is asked for.</summary>
internal sealed class LineReader(Stream stream) : IAsyncDisposable
{
    private const int FirstSize = 16 * 1024;
    private byte[] _buffer = new byte[FirstSize];
    private int _start;
    private int _end;

    /// <summary>The next line that is not empty, without its end; null when the stream has ended.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        // What has been looked at for an end of line already.
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, searched + length);
                (_start, searched) = (_start + searched + length + 1, 0);
                if (!line.IsEmpty)
                {
                    return line;
                }

                continue;
            }

            searched = _end - _start;
            if (await FillAsync(cancellationToken) == 0)
            {
                var rest = _buffer.AsMemory(_start, searched);
                _start = _end;
                // In a conditional expression null would become an empty memory, not "none".
                if (rest.IsEmpty)
                {
                    return null;
                }

                return rest;
            }
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        if (_end == _buffer.Length)
        {
            var next = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(next);
            (_buffer, _start, _end) = (next, 0, _end - _start);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read;
    }
}
