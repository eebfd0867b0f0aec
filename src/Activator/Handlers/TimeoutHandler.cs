using Knative.Xds.Activation.Revisions;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Ends requests that take longer than their revision allows. The inner handlers find the limit as the feature <see cref="RequestExpiry"/>.</summary>
/// <remarks>A response that has begun is cut off: upstream appends the text to its body, which makes a broken answer look whole.
/// Source: knative/serving pkg/http/handler/timeout.go.</remarks>
internal sealed class TimeoutHandler(TimeProvider time)
{
    private const string Text = "activator request timeout";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var timeouts = context.Features.GetRequiredFeature<RevisionRuntime>().Revision.Timeouts;
        using var expiry = new RequestExpiry(context, timeouts, time);
        context.Features.Set(expiry);
        await next(context);
        if (!expiry.HasExpired || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await Answer.TextAsync(context, StatusCodes.Status504GatewayTimeout, Text);
    }
}
