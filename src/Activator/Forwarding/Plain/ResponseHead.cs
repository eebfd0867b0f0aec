using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Reads the head of a pod's response and gives it to the client's.</summary>
/// <remarks>Errors: <see cref="IOException"/> when it is no HTTP/1.1. Source: RFC 9112.</remarks>
internal ref struct ResponseHead
{
    private const int DigitsAt = 9;
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(Enumerable.Range(0, 32).Where(code => code != '\t').Append(127).Select(code => (byte)code).ToArray());
    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Names = new Dictionary<string, string>(
        new[] { "Content-Type", "Content-Length", "Date", "Server", "Connection", "Transfer-Encoding", "Cache-Control", "Content-Encoding", "ETag", "Last-Modified", "Location", "Set-Cookie", "Vary", "Expires" }
            .Select(name => KeyValuePair.Create(name, name)),
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private long? _length;
    private bool _isChunked;
    private bool _isKept;
    private string? _connection;

    /// <summary>Length of the head that the bytes begin with, its empty line included; 0 when it is not whole yet.</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="searched">How many of them need no further look.</param>
    public static int Find(ReadOnlySpan<byte> bytes, ref int searched)
    {
        while (true)
        {
            var next = bytes[searched..].IndexOf((byte)'\n');
            if (next < 0)
            {
                return 0;
            }

            var after = searched + next + 1;
            var rest = bytes[after..];
            if (rest.StartsWith("\r\n"u8))
            {
                return after + 2;
            }

            if (rest.StartsWith("\n"u8))
            {
                return after + 1;
            }

            // The end may be cut in the middle: this line is looked at again when more has come.
            if (rest.IsEmpty || rest is [(byte)'\r'])
            {
                return 0;
            }

            searched = after;
        }
    }

    /// <summary>Its status.</summary>
    public static int Status(ReadOnlySpan<byte> head) =>
        head.StartsWith("HTTP/1."u8) && head.Length > DigitsAt + 3
        && int.TryParse(head.Slice(DigitsAt, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status >= StatusCodes.Status100Continue
            ? status
            : throw new IOException("the response is no HTTP/1.1");

    /// <summary>Sets the status and reads the rest, see <see cref="Read"/>.</summary>
    public static ResponseFraming Apply(ReadOnlySpan<byte> head, int status, HttpContext context)
    {
        context.Response.StatusCode = status;
        SetReason(head, status, context.Features);
        return Read(head, status, context.Request.Method, context.Response.Headers);
    }

    /// <summary>Adds its headers to others, those of the connection left out; returns how the body is to be read.</summary>
    public static ResponseFraming Read(ReadOnlySpan<byte> head, int status, string method, IHeaderDictionary headers)
    {
        var parsed = new ResponseHead { _isKept = head.StartsWith("HTTP/1.1 "u8) };
        NextLine(ref head);
        while (NextLine(ref head) is { Length: > 0 } line)
        {
            parsed.Take(line, headers);
        }

        parsed.LeaveOutNamed(headers);
        return parsed.Framing(status, method, headers);
    }

    private void Take(scoped ReadOnlySpan<byte> line, IHeaderDictionary headers)
    {
        var colon = line.IndexOf((byte)':');
        var value = colon < 0 ? default : line[(colon + 1)..].Trim(" \t"u8);
        if (colon < 1 || line[..colon].ContainsAnyExcept(TokenBytes) || value.ContainsAny(ControlBytes))
        {
            throw new IOException("malformed header in the response");
        }

        var name = Name(line[..colon]);
        switch (name)
        {
            case "Content-Length":
                TakeLength(value);
                break;
            case "Transfer-Encoding":
                _isChunked = IsChunked(value) ? true : throw new IOException("unknown transfer encoding of the response");
                break;
            case "Connection":
                _connection = _connection is null ? Encoding.Latin1.GetString(value) : $"{_connection},{Encoding.Latin1.GetString(value)}";
                break;
            case var _ when IsHopByHop(name):
                break;
            default:
                headers.Append(name, Encoding.Latin1.GetString(value));
                break;
        }
    }

    private void TakeLength(scoped ReadOnlySpan<byte> value)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || (_length is { } other && other != length))
        {
            throw new IOException("malformed length of the response");
        }

        _length = length;
    }

    private void LeaveOutNamed(IHeaderDictionary headers)
    {
        if (_connection is null || _connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        foreach (var name in _connection.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            _isKept &= !name.Equals("close", StringComparison.OrdinalIgnoreCase);
            headers.Remove(name);
        }
    }

    private readonly ResponseFraming Framing(int status, string method, IHeaderDictionary headers)
    {
        var isBare = status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified;
        // What has no body may still say how long it would be.
        if (_length is { } length && !_isChunked && status != StatusCodes.Status204NoContent)
        {
            headers.ContentLength = length;
        }

        if (isBare || HttpMethods.IsHead(method))
        {
            return new ResponseFraming(0, _isKept);
        }

        // A response that says both may be an attack on whoever believes the other one; nothing is read after it.
        return _isChunked ? new ResponseFraming(ResponseFraming.Chunked, _isKept && _length is null)
            : _length is null ? new ResponseFraming(ResponseFraming.UntilTheEnd, IsKept: false)
            : new ResponseFraming(_length.Value, _isKept);
    }

    private static void SetReason(ReadOnlySpan<byte> head, int status, IFeatureCollection features)
    {
        var line = NextLine(ref head);
        var reason = line[Math.Min(DigitsAt + 4, line.Length)..];
        if (!Ascii.Equals(reason, ReasonPhrases.GetReasonPhrase(status)) && !reason.ContainsAny(ControlBytes))
        {
            features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = Encoding.Latin1.GetString(reason);
        }
    }

    // A folded line, which nobody writes any more, is a malformed one.
    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var line = head[..end];
        head = head[(end + 1)..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private static string Name(ReadOnlySpan<byte> bytes)
    {
        const int LongestKnown = 32;
        if (bytes.Length > LongestKnown)
        {
            return Encoding.Latin1.GetString(bytes);
        }

        Span<char> text = stackalloc char[LongestKnown];
        var name = text[..Encoding.Latin1.GetChars(bytes, text)];
        return Names.TryGetValue(name, out var known) ? known : new string(name);
    }

    private static bool IsChunked(ReadOnlySpan<byte> value) => Ascii.EqualsIgnoreCase(value, "chunked"u8);

    private static bool IsHopByHop(string name) =>
        name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase) || name.Equals("Trailer", StringComparison.OrdinalIgnoreCase) || name.Equals("TE", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) && IsOfProxies(name);

    private static bool IsOfProxies(string name) =>
        name.Equals("Proxy-Connection", StringComparison.OrdinalIgnoreCase) || name.Equals("Proxy-Authenticate", StringComparison.OrdinalIgnoreCase) || name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase);
}
