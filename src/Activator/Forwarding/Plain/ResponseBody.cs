using System.Globalization;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Gives the body of a pod's response on, each part as soon as it is there.</summary>
/// <remarks>Errors: <see cref="IOException"/> when it ends too early or is malformed.</remarks>
internal static class ResponseBody
{
    private const int MostOfALine = 16 * 1024;
    private const int MostTrailerLines = 1000;

    public static Task CopyAsync(PodConnection connection, long length, Stream target, CancellationToken cancellationToken) => length switch
    {
        0 => Task.CompletedTask,
        ResponseFraming.Chunked => CopyChunksAsync(connection, target, cancellationToken),
        ResponseFraming.UntilTheEnd => CopyRestAsync(connection, target, cancellationToken),
        _ => CopyBytesAsync(connection, length, target, cancellationToken),
    };

    private static async Task CopyBytesAsync(PodConnection connection, long left, Stream target, CancellationToken cancellationToken)
    {
        var buffer = connection.Buffer;
        while (left > 0)
        {
            if (buffer.Length == 0 && !await connection.FillAsync())
            {
                throw new IOException("the response ended too early");
            }

            var part = (int)Math.Min(left, buffer.Length);
            await target.WriteAsync(buffer.Content[..part], cancellationToken);
            buffer.Consume(part);
            left -= part;
        }
    }

    private static async Task CopyRestAsync(PodConnection connection, Stream target, CancellationToken cancellationToken)
    {
        var buffer = connection.Buffer;
        while (buffer.Length > 0 || await connection.FillAsync())
        {
            await target.WriteAsync(buffer.Content, cancellationToken);
            buffer.Consume(buffer.Length);
        }
    }

    private static async Task CopyChunksAsync(PodConnection connection, Stream target, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = await ChunkLengthAsync(connection);
            if (length == 0)
            {
                await SkipTrailersAsync(connection);
                return;
            }

            await CopyBytesAsync(connection, length, target, cancellationToken);
            if (await LineAsync(connection) != 0)
            {
                throw new IOException("malformed chunk in the response");
            }

            connection.Buffer.Consume(LineEnd(connection.Buffer.Content.Span));
        }
    }

    private static async ValueTask<long> ChunkLengthAsync(PodConnection connection)
    {
        var line = await LineAsync(connection);
        var length = Parse(connection.Buffer.Content.Span[..line]);
        connection.Buffer.Consume(line + LineEnd(connection.Buffer.Content.Span[line..]));
        return length;
    }

    private static long Parse(ReadOnlySpan<byte> line)
    {
        var extension = line.IndexOf((byte)';');
        var digits = (extension < 0 ? line : line[..extension]).Trim(" \t"u8);
        return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) && length >= 0 ? length : throw new IOException("malformed chunk in the response");
    }

    // There is no way to give trailers of HTTP/1.1 on.
    private static async ValueTask SkipTrailersAsync(PodConnection connection)
    {
        for (var lines = 0; lines < MostTrailerLines; lines++)
        {
            var line = await LineAsync(connection);
            connection.Buffer.Consume(line + LineEnd(connection.Buffer.Content.Span[line..]));
            if (line == 0)
            {
                return;
            }
        }

        throw new IOException("too many trailers of the response");
    }

    /// <summary>Reads until the buffer begins with a whole line; returns its length without its end.</summary>
    private static async ValueTask<int> LineAsync(PodConnection connection)
    {
        while (true)
        {
            var bytes = connection.Buffer.Content;
            var end = bytes.Span.IndexOf((byte)'\n');
            if (end >= 0)
            {
                return end > 0 && bytes.Span[end - 1] == '\r' ? end - 1 : end;
            }

            if (bytes.Length > MostOfALine || !await connection.FillAsync())
            {
                throw new IOException("malformed chunk in the response");
            }
        }
    }

    private static int LineEnd(ReadOnlySpan<byte> bytes) => bytes[0] == '\r' ? 2 : 1;
}
