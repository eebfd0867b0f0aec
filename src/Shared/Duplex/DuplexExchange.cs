using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Duplex;

/// <summary>One HTTP/1.1 exchange over a connection of its own, in which the response may begin before the request has ended.</summary>
/// <remarks>The platform's client gives a response on only once the request is sent; some applications answer while they read.
/// Errors: <see cref="IOException"/> when the connection breaks or the other side says what is no HTTP. Source: RFC 9112.</remarks>
internal static class DuplexExchange
{
    /// <summary>Sends the request that came in, with these headers, and gives the response on.</summary>
    /// <param name="context">The client's request and response.</param>
    /// <param name="request">Target and headers of the request to send.</param>
    /// <param name="connection">A connection that nobody else uses; it is of no further use afterwards.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    public static async Task RunAsync(HttpContext context, HttpRequestMessage request, Stream connection, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        await connection.WriteAsync(Head(context, request, hasBody), cancellationToken);
        var sending = hasBody ? SendBodyAsync(context.Request, connection, ended) : Task.CompletedTask;
        var reader = PipeReader.Create(connection, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            await ReceiveAsync(context, reader, ended.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await sending;
            throw;
        }
        catch (InvalidOperationException exception)
        {
            // What our server says of headers that nobody may send.
            throw new IOException($"malformed response: {exception.Message}", exception);
        }
        finally
        {
            await reader.CompleteAsync();
            // What is not sent by now nobody waits for.
            await ended.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static byte[] Head(HttpContext context, HttpRequestMessage request, bool hasBody)
    {
        var head = new StringBuilder().Append(context.Request.Method).Append(' ').Append(request.RequestUri?.PathAndQuery ?? context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget).Append(" HTTP/1.1\r\n");
        head.Append("Host: ").Append(request.Headers.Host ?? context.Request.Host.Value).Append("\r\n");
        Append(head, request.Headers.NonValidated);
        if (request.Content is { } content)
        {
            Append(head, content.Headers.NonValidated);
        }

        if (hasBody)
        {
            head.Append(context.Request.ContentLength is { } length ? $"Content-Length: {length}\r\n" : "Transfer-Encoding: chunked\r\n");
        }

        return Encoding.Latin1.GetBytes(head.Append("Connection: close\r\n\r\n").ToString());
    }

    private static void Append(StringBuilder head, HttpHeadersNonValidated headers)
    {
        foreach (var (name, values) in headers)
        {
            if (HopHeaders.Contains(name) || name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (var value in values)
            {
                head.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }
    }

    private static async Task SendBodyAsync(HttpRequest request, Stream connection, CancellationTokenSource exchange)
    {
        var cancellationToken = exchange.Token;
        var isChunked = request.ContentLength is null;
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await ReadAsync(request.Body, buffer, exchange)) > 0)
        {
            if (isChunked)
            {
                await connection.WriteAsync(Encoding.ASCII.GetBytes($"{read:x}\r\n"), cancellationToken);
            }

            await connection.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            if (isChunked)
            {
                await connection.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
            }

            await connection.FlushAsync(cancellationToken);
        }

        if (isChunked)
        {
            await connection.WriteAsync("0\r\n\r\n"u8.ToArray(), cancellationToken);
            await connection.FlushAsync(cancellationToken);
        }
    }

    // What is no body never comes whole: nobody answers it.
    private static async ValueTask<int> ReadAsync(Stream body, byte[] buffer, CancellationTokenSource exchange)
    {
        try
        {
            return await body.ReadAsync(buffer, exchange.Token);
        }
        catch (BadHttpRequestException)
        {
            await exchange.CancelAsync();
            throw;
        }
    }

    private static async Task ReceiveAsync(HttpContext context, PipeReader reader, CancellationToken cancellationToken)
    {
        var head = await ResponseHead.ReadAsync(reader, cancellationToken);
        while (head.IsInterim)
        {
            head = await ResponseHead.ReadAsync(reader, cancellationToken);
        }

        var response = context.Response;
        response.StatusCode = head.Status;
        foreach (var (name, value) in head.Headers.Where(header => !HopHeaders.Contains(header.Name)))
        {
            response.Headers.Append(name, value);
        }

        HopHeaders.RemoveNamed(head.Headers.Where(header => header.Name.Equals("Connection", StringComparison.OrdinalIgnoreCase)).Select(header => header.Value), response.Headers);

        var framing = head.Framing(context.Request.Method);
        if (framing == ResponseBody.Chunked)
        {
            // RFC 9112, 6.3: the chunks say how long it is.
            response.ContentLength = null;
        }

        var hasBody = ResponseStart.CanHaveBody(response);
        (context.Features.Get<IHttpRequestLifetimeFeature>() as TimedExchange)?.MarkStarted();
        await response.Body.FlushAsync(cancellationToken);
        if (!hasBody)
        {
            return;
        }

        await ResponseBody.CopyAsync(reader, framing, response.Body, cancellationToken);
    }
}
