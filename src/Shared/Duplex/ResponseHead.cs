using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Knative.Xds.Duplex;

/// <summary>Status and headers of an HTTP/1.1 response.</summary>
internal sealed record ResponseHead(int Status, List<(string Name, string Value)> Headers)
{
    private const int MostBytes = 1 << 20;
    private const int SwitchingProtocols = 101;

    /// <summary>Another head follows.</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not SwitchingProtocols;

    /// <summary>Reads one.</summary>
    /// <remarks>Errors: <see cref="IOException"/> when the connection ends first, or when it is none.</remarks>
    public static async Task<ResponseHead> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        var left = MostBytes;
        var status = Parse(await LineAsync(reader, left, cancellationToken));
        var headers = new List<(string, string)>();
        while (await LineAsync(reader, left, cancellationToken) is { Length: > 0 } line)
        {
            left -= line.Length;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1)
            {
                throw new IOException("malformed header in the response");
            }

            headers.Add((line[..colon], line[(colon + 1)..].Trim()));
        }

        return new ResponseHead(status, headers);
    }

    /// <summary>How long the body is: its length, <see cref="ResponseBody.Chunked"/>, or <see cref="ResponseBody.UntilTheEnd"/>.</summary>
    public long Framing(string method)
    {
        if (HttpMethods.IsHead(method) || Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        {
            return 0;
        }

        if (Value("Transfer-Encoding") is { } coding && coding.EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
        {
            return ResponseBody.Chunked;
        }

        return Value("Content-Length") is not { } length ? ResponseBody.UntilTheEnd
            : long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : throw new IOException("malformed length of the response");
    }

    /// <summary>Reads up to the end of a line; its bytes are letters of Latin-1.</summary>
    public static async Task<string> LineAsync(PipeReader reader, int most, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            var length = read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || length > most)
            {
                throw new IOException(read.IsCompleted ? "the response ended before its headers did" : "the headers of the response are too large");
            }
        }
    }

    private static int Parse(string line) =>
        line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length >= 12 && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : throw new IOException("the response is no HTTP/1.1");

    private string? Value(string name) => Headers.Find(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
