using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Knative.Xds.Hosting;

/// <summary>Reads addresses of the form <c>ip:port</c>; IPv6 in brackets, <c>:port</c> means every address.</summary>
public static class ListenAddress
{
    /// <summary>Parses an address.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> that quotes the text.</remarks>
    public static IPEndPoint Parse(string text) =>
        TryParse(text, out var endPoint) ? endPoint : throw new FormatException($"\"{text}\" is not an address of the form ip:port");

    private static bool TryParse(string text, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (text.StartsWith(':'))
        {
            if (!ushort.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                return false;
            }

            endPoint = new IPEndPoint(IPAddress.Any, port);
            return true;
        }

        // IPEndPoint.Parse would take "127.0.0.1" with port 0 and "::1:80" as an address without a port.
        return text.LastIndexOf(':') > text.LastIndexOf(']') && text.Contains(':', StringComparison.Ordinal)
            && IPEndPoint.TryParse(text, out endPoint)
            && (text.Count(c => c == ':') == 1 || text.StartsWith('['));
    }
}
