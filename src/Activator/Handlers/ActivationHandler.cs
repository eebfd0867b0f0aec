using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Revisions;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Holds a request until a pod may take it, and forwards it there.</summary>
/// <remarks>Source: knative/serving pkg/activator/handler/handler.go.</remarks>
internal sealed class ActivationHandler(RequestForwarder forwarder, ActivatorOptions options)
{
    // Each further attempt needs a pod that passed a probe since, so the limit is only for a pod that answers probes but no requests.
    private const int MaxAttempts = 16;

    public async Task InvokeAsync(HttpContext context)
    {
        var runtime = context.Features.GetRequiredFeature<RevisionRuntime>();
        var cancellationToken = context.Features.GetRequiredFeature<RequestExpiry>().Token;
        try
        {
            await ForwardAsync(context, runtime, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client is gone, or the timeout handler answers.
        }
    }

    private async Task ForwardAsync(HttpContext context, RevisionRuntime runtime, CancellationToken cancellationToken)
    {
        var body = new ReplayableBody(context.Request.Body, options.MaxWaitingBodyBytes);
        context.Request.Body = body;
        for (var attempt = 1; ; attempt++)
        {
            using var lease = await runtime.Throttle.AcquireAsync(cancellationToken);
            if (lease is null)
            {
                await Answer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "pending request queue full");
                return;
            }

            var failure = await forwarder.ForwardAsync(context, runtime.Revision.Key, lease.Address, cancellationToken);
            if (failure is null)
            {
                return;
            }

            if (!failure.WasNotSent || attempt == MaxAttempts || !body.TryRewind())
            {
                await RequestForwarder.AnswerAsync(context, failure, cancellationToken);
                return;
            }

            // The pod is of no use: no other request shall meet it before it answers a probe again.
            runtime.Backends.ReportUnreachable(lease.Address);
            context.Response.Clear();
        }
    }
}
