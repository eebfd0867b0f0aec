using Knative.Xds.Activation.Revisions;
using Knative.Xds.Bare;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Forwarding.Bare;

/// <summary>Forwards bare requests (see <see cref="BareRequest"/>).</summary>
internal sealed class BareForwarder(BackendTransport transport, ILogger<BareForwarder> logger)
{
    /// <summary>Null when the response was sent, or begun and broken off.</summary>
    /// <param name="context">The request that came in.</param>
    /// <param name="revision">Whose it is.</param>
    /// <param name="address">Address of the pod.</param>
    /// <param name="request">The request that goes out, see <see cref="PodRequest"/>.</param>
    /// <param name="cancellationToken">The client is gone, or the time is over.</param>
    public async Task<ForwardFailure?> ForwardAsync(HttpContext context, Revision revision, string address, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (await BareExchange.RunAsync(context, transport.Invoker, request, cancellationToken) is not { } error)
        {
            return null;
        }

        var reason = FailureReason.Of(error);
        ActivatorLog.ForwardingFailed(logger, revision.Key, address, reason);
        return context.Response.HasStarted ? null : new ForwardFailure(reason, ForwardFailure.IsOfConnecting(error));
    }
}
