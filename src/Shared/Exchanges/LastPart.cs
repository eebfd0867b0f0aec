using System.Buffers;
using Knative.Xds.RequestLogging;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Exchanges;

/// <summary>Writes the last part of a response's body so that the server sends it with the end, and with the headers where nothing was sent yet.</summary>
/// <remarks>A write to the stream is sent at once, and the end after it by itself.</remarks>
internal static class LastPart
{
    /// <summary>Leaves it with the server; nothing may be written afterwards.</summary>
    public static void Write(IHttpResponseBodyFeature body, ReadOnlySpan<byte> bytes)
    {
        switch (body)
        {
            case TimedExchange timed:
                timed.WriteLast(bytes);
                break;
            case CountedBody counted:
                counted.WriteLast(bytes);
                break;
            default:
                body.Writer.Write(bytes);
                break;
        }
    }
}
