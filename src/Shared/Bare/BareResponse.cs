using System.Buffers;
using System.Net.Http.Headers;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Knative.Xds.Bare;

/// <summary>Gives a response over HTTP/2 on, each part as soon as it is there.</summary>
/// <remarks>Errors: <see cref="IOException"/> or <see cref="HttpRequestException"/> when it breaks off or is not as long as it says, <see cref="InvalidOperationException"/>
/// when nobody may be sent such a response.</remarks>
internal static class BareResponse
{
    // A frame of the usual size.
    private const int PartSize = 16 * 1024;
    // What a sender may be ahead of us.
    private const int Window = 64 * 1024;
    // What the server would not let wait either: it is kept when the request is over, for a client that takes nothing as long as its connection lives.
    private const int MostOfALastPart = 4 * 1024;

    public static async Task SendAsync(HttpContext context, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpResponseBodyFeature>() is TimedExchange exchange)
        {
            exchange.CopyBuffer = (2 * PartSize) + Window;
            exchange.MarkStarted();
        }

        context.Response.StatusCode = (int)response.StatusCode;
        Copy(response.Headers.NonValidated, context.Response.Headers);
        Copy(response.Content.Headers.NonValidated, context.Response.Headers);
        if (CanHaveBody(context))
        {
            await CopyAsync(context, await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken);
            CopyTrailers(context, response.TrailingHeaders.NonValidated);
        }
    }

    private static bool CanHaveBody(HttpContext context) =>
        ResponseStart.CanHaveBody(context.Response)
        && context.Response.StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
        && !HttpMethods.IsHead(context.Request.Method);

    // Each part is held until there is another one, or the end: a short last one is sent with it. Nothing is held while there is nothing to read.
    private static async Task CopyAsync(HttpContext context, Stream body, CancellationToken cancellationToken)
    {
        var target = context.Response.Body;
        var (part, spare) = (ArrayPool<byte>.Shared.Rent(PartSize), Array.Empty<byte>());
        var (held, total) = (0, 0L);
        while (true)
        {
            var arrival = body.ReadAsync(Memory<byte>.Empty, cancellationToken);
            if (!arrival.IsCompleted)
            {
                await SendHeldAsync(target, part.AsMemory(0, held), cancellationToken);
                held = 0;
            }

            await arrival;
            if (held > 0 && spare.Length == 0)
            {
                spare = ArrayPool<byte>.Shared.Rent(PartSize);
            }

            var read = await body.ReadAsync(held > 0 ? spare : part, cancellationToken);
            if (read == 0)
            {
                break;
            }

            if (held > 0)
            {
                await target.WriteAsync(part.AsMemory(0, held), cancellationToken);
                (part, spare) = (spare, part);
            }

            (held, total) = (read, total + read);
        }

        if (context.Response.ContentLength is { } said && said != total)
        {
            throw new IOException("the response is not as long as it says");
        }

        await EndAsync(context, part.AsMemory(0, held), cancellationToken);
        // After an error they are not given back: somebody may still write into them.
        Return(part);
        Return(spare);
    }

    // The client has the headers, too, while the body lets wait for itself.
    private static async ValueTask SendHeldAsync(Stream target, ReadOnlyMemory<byte> held, CancellationToken cancellationToken)
    {
        if (held.IsEmpty)
        {
            await target.FlushAsync(cancellationToken);
        }
        else
        {
            await target.WriteAsync(held, cancellationToken);
        }
    }

    private static ValueTask EndAsync(HttpContext context, ReadOnlyMemory<byte> held, CancellationToken cancellationToken)
    {
        if (held.Length > MostOfALastPart)
        {
            return context.Response.Body.WriteAsync(held, cancellationToken);
        }

        if (!held.IsEmpty)
        {
            LastPart.Write(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), held.Span);
        }

        return ValueTask.CompletedTask;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Copy(HttpHeadersNonValidated source, IHeaderDictionary target)
    {
        foreach (var (name, values) in source)
        {
            if (!HopHeaders.Contains(name) || name.Equals("Trailer", StringComparison.OrdinalIgnoreCase))
            {
                target.Append(name, values.Count == 1 ? values.ToString() : new StringValues([.. values]));
            }
        }
    }

    private static void CopyTrailers(HttpContext context, HttpHeadersNonValidated trailers)
    {
        if (trailers.Count > 0 && context.Features.Get<IHttpResponseTrailersFeature>() is { } feature)
        {
            foreach (var (name, values) in trailers)
            {
                feature.Trailers.Append(name, new StringValues([.. values]));
            }
        }
    }
}
