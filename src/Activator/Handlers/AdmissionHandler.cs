using Knative.Xds.Activation.Measuring;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Bounds how many requests are inside at a time, whatever they wait for.</summary>
internal sealed class AdmissionHandler(ActivatorOptions options, ActivatorMetrics metrics)
{
    private int _inside;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _inside) > options.MaxRequests)
            {
                metrics.Refused(Refusal.Requests);
                await Answer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, ActivationHandler.QueueFull);
                return;
            }

            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
