using Knative.Xds.Exchanges;
using Knative.Xds.Limits;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Ends requests that take too long with 504, and responses that nobody takes where there are too many of them.</summary>
/// <remarks>
/// A response that has begun gets the text appended, as upstream does, unless its length was announced: then the connection is cut.
/// Source: knative/serving pkg/http/handler/timeout.go.
/// </remarks>
internal sealed class TimeoutHandler(TimeLimits policy, TransferBudget transfers, TimeProvider timeProvider, RequestDelegate next)
{
    private const string Body = "request timeout";
    private static readonly byte[] BodyBytes = [.. "request timeout"u8];

    public async Task HandleAsync(HttpContext context)
    {
        var exchange = new TimedExchange(context.Features, policy, timeProvider, transfers);
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

        if (exchange.HasExpired && !context.RequestAborted.IsCancellationRequested)
            await AnswerAsync(context);
    }

    private async Task AnswerAsync(HttpContext context)
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
            await LateText.AppendAsync(context, BodyBytes, timeProvider);
    }
}
