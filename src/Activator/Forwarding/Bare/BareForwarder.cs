using Knative.Xds.Activation.Revisions;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Forwarding.Bare;

/// <summary>Forwards bare requests (see <see cref="BareRequest"/>) by the platform's client alone.</summary>
/// <remarks>They need nothing of what YARP does for all others, and a short response is sent in one go: its headers, body and end.</remarks>
internal sealed class BareForwarder(BackendTransport transport, ILogger<BareForwarder> logger)
{
    // RFC 9113, 7: INTERNAL_ERROR.
    private const int InternalError = 2;

    /// <summary>Null when the response was sent, or begun and broken off.</summary>
    /// <param name="context">The request that came in.</param>
    /// <param name="revision">Whose it is.</param>
    /// <param name="address">Address of the pod.</param>
    /// <param name="request">The request that goes out, see <see cref="BareRequest.TryMake"/>.</param>
    /// <param name="cancellationToken">The client is gone, or the time is over.</param>
    public async Task<ForwardFailure?> ForwardAsync(HttpContext context, Revision revision, string address, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await transport.Invoker.SendAsync(request, cancellationToken);
            await BareResponse.SendAsync(context, response, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var reason = FailureReason.Of(error);
            ActivatorLog.ForwardingFailed(logger, revision.Key, address, reason);
            if (!context.Response.HasStarted)
            {
                return new ForwardFailure(reason, ForwardFailure.IsOfConnecting(error));
            }

            context.Features.Get<IHttpResetFeature>()?.Reset(InternalError);
            return null;
        }
    }
}
