using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Limits;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Bounds how many requests are inside at a time, whatever they wait for, and what their headers hold together.</summary>
/// <remarks>The headers of the first few are not even looked at: there is room for the largest that they may have.</remarks>
internal sealed class AdmissionHandler(ActivatorOptions options, RequestBudgets budgets, ActivatorMetrics metrics)
{
    private const string HeadersTooLarge = "headers of pending requests are too large";
    private int _inside;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var inside = Interlocked.Increment(ref _inside);
        try
        {
            if (inside <= budgets.Few)
            {
                await next(context);
            }
            else if (inside > options.MaxRequests)
            {
                await RefuseAsync(context, Refusal.Requests, ActivationHandler.QueueFull);
            }
            else
            {
                await MeasureAsync(context, next);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    private async Task MeasureAsync(HttpContext context, RequestDelegate next)
    {
        var size = HeaderBlock.SizeOf(context.Request);
        if (!budgets.Headers.TryTake(size))
        {
            await RefuseAsync(context, Refusal.HeaderBudget, HeadersTooLarge);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            // The server keeps them with the connection, or with a stream whose client does not take the response.
            context.Request.Headers.Clear();
            budgets.Headers.Give(size);
        }
    }

    private Task RefuseAsync(HttpContext context, Refusal reason, string text)
    {
        context.Request.Headers.Clear();
        metrics.Refused(reason);
        return Answer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, text);
    }
}
