using System.Globalization;
using System.IO.Pipelines;

namespace Knative.Xds.Duplex;

/// <summary>The body of an HTTP/1.1 response.</summary>
internal static class ResponseBody
{
    /// <value>In chunks.</value>
    public const long Chunked = -1;
    /// <value>Until the connection ends.</value>
    public const long UntilTheEnd = -2;
    private const int MostOfALine = 16 * 1024;

    /// <summary>Copies it, each part as soon as it is there.</summary>
    /// <remarks>Errors: <see cref="IOException"/> when the connection ends too early.</remarks>
    public static Task CopyAsync(PipeReader reader, long framing, Stream target, CancellationToken cancellationToken) => framing switch
    {
        Chunked => CopyChunksAsync(reader, target, cancellationToken),
        UntilTheEnd => CopyBytesAsync(reader, null, target, cancellationToken),
        _ => CopyBytesAsync(reader, framing, target, cancellationToken),
    };

    private static async Task CopyChunksAsync(PipeReader reader, Stream target, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await ResponseHead.LineAsync(reader, MostOfALine, cancellationToken);
            var digits = line.AsSpan(0, line.IndexOf(';', StringComparison.Ordinal) is >= 0 and var end ? end : line.Length).Trim();
            if (!long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || length < 0)
            {
                throw new IOException("malformed chunk in the response");
            }

            if (length == 0)
            {
                return;
            }

            await CopyBytesAsync(reader, length, target, cancellationToken);
            await ResponseHead.LineAsync(reader, MostOfALine, cancellationToken);
        }
    }

    private static async Task CopyBytesAsync(PipeReader reader, long? length, Stream target, CancellationToken cancellationToken)
    {
        for (var left = length ?? long.MaxValue; left > 0;)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var part = read.Buffer.Length > left ? read.Buffer.Slice(0, left) : read.Buffer;
            foreach (var memory in part)
            {
                await target.WriteAsync(memory, cancellationToken);
            }

            left -= part.Length;
            var hasEnded = read.IsCompleted && part.Length == read.Buffer.Length;
            reader.AdvanceTo(part.End);
            await target.FlushAsync(cancellationToken);
            if (hasEnded && left > 0)
            {
                if (length is not null)
                {
                    throw new IOException("the response ended too early");
                }

                return;
            }
        }
    }
}
