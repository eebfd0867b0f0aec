using Knative.Xds.Exchanges;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Ends requests that take too long with 504.</summary>
/// <remarks>
/// A response that has begun gets the text appended, as upstream does, unless its length was announced: then the connection is cut.
/// Source: knative/serving pkg/http/handler/timeout.go.
/// </remarks>
internal sealed class TimeoutHandler(TimeLimits policy, TimeProvider timeProvider, RequestDelegate next)
{
    private const string Body = "request timeout";
    private static readonly byte[] BodyBytes = [.. "request timeout"u8];

    public Task HandleAsync(HttpContext context) => policy.IsNone ? next(context) : GuardAsync(context);

    private async Task GuardAsync(HttpContext context)
    {
        var exchange = new TimedExchange(context.Features, policy, timeProvider);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (exchange.HasExpired)
        {
            // The answer follows.
        }
        finally
        {
            exchange.End();
        }

        if (exchange.HasExpired)
            await AnswerAsync(context);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        if (!response.HasStarted)
        {
            response.Clear();
            response.StatusCode = StatusCodes.Status504GatewayTimeout;
            await GoAnswer.TextAsync(context, Body);
            return;
        }

        if (response.ContentLength is not null)
            context.Abort();
        else if (response.StatusCode != StatusCodes.Status101SwitchingProtocols)
            await response.Body.WriteAsync(BodyBytes);
    }
}
