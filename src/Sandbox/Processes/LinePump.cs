using System.Text;

namespace Knative.Xds.Sandbox.Processes;

/// <summary>Hands the lines of a stream to a sink until the stream ends.</summary>
internal static class LinePump
{
    /// <summary>Longest part of a line that is handed on at once, as in the container runtimes.</summary>
    public const int LongestLine = 16 * 1024;

    public static async Task RunAsync(Stream stream, Action<string>? sink)
    {
        var buffer = new byte[LongestLine];
        var filled = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(filled)) is var read and > 0)
            {
                filled = Drain(buffer, filled + read, sink);
            }
        }
        catch (IOException)
        {
            // The other end is gone: what has been read is all there is.
        }

        if (filled > 0)
        {
            sink?.Invoke(Encoding.UTF8.GetString(buffer, 0, filled));
        }
    }

    private static int Drain(byte[] buffer, int filled, Action<string>? sink)
    {
        var start = 0;
        while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is var length and >= 0)
        {
            var end = length > 0 && buffer[start + length - 1] == '\r' ? length - 1 : length;
            sink?.Invoke(Encoding.UTF8.GetString(buffer, start, end));
            start += length + 1;
        }

        if (start == 0 && filled == buffer.Length)
        {
            sink?.Invoke(Encoding.UTF8.GetString(buffer));
            return 0;
        }

        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        return filled - start;
    }
}
