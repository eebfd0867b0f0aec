using Knative.Xds.Activation.Revisions;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Forwards plain requests (see <see cref="RequestHead.IsPlain"/>) over connections of its own.</summary>
/// <remarks>They are the most of all traffic and need the least; all others go by HttpClient, most of them through YARP. Source of the order of things: RFC 9112.</remarks>
internal sealed class PlainForwarder(PlainTransport transport, ILogger<PlainForwarder> logger)
{
    /// <summary>Null when the response was sent, or begun and broken off.</summary>
    /// <param name="context">A plain request.</param>
    /// <param name="revision">Whose it is.</param>
    /// <param name="address">Address of the pod.</param>
    /// <param name="passthroughHost">Host by which a mesh lets it through; null where it need not.</param>
    /// <param name="cancellationToken">The client is gone, or the time is over.</param>
    public async Task<ForwardFailure?> ForwardAsync(HttpContext context, Revision revision, string address, string? passthroughHost, CancellationToken cancellationToken)
    {
        var failure = await transport.ExchangeAsync(address, (context, passthroughHost), ExchangeAsync, cancellationToken);
        if (failure is null)
        {
            return null;
        }

        ActivatorLog.ForwardingFailed(logger, revision.Key, address, failure.Reason);
        if (!context.Response.HasStarted)
        {
            return failure;
        }

        context.Abort();
        return null;
    }

    private static async ValueTask<bool> ExchangeAsync(PodConnection connection, (HttpContext Context, string? PassthroughHost) request)
    {
        var context = request.Context;
        RequestHead.Write(connection.Buffer, context, connection.Address, request.PassthroughHost);
        await connection.SendAsync();
        var (length, status) = await connection.ReadFinalHeadAsync();
        if (context.Features.Get<TimedExchange>() is { } exchange)
        {
            exchange.CopyBuffer = ByteBuffer.FirstSize;
            exchange.MarkStarted();
        }

        var framing = ResponseHead.Apply(connection.Buffer.Content.Span[..length], status, context);
        connection.Buffer.Consume(length);
        if (!ResponseStart.CanHaveBody(context.Response))
        {
            return framing is { Length: 0, IsKept: true };
        }

        if (framing.Length != 0 && connection.Buffer.Length == 0)
        {
            // The client has the headers while the body lets wait for itself.
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        await ResponseBody.CopyAsync(connection, framing.Length, context.Response.Body, context.RequestAborted);
        return framing.IsKept;
    }
}
