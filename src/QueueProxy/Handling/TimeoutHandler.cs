using Knative.Xds.Exchanges;
using Knative.Xds.Limits;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Ends requests that take too long with 504, and bodies that nobody takes, of requests and responses, where there are too many of them.</summary>
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
        var upload = BeginUpload(context);
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
            upload?.End();
            exchange.End();
        }

        if (exchange is { HasExpired: true, IsComplete: false } && !context.RequestAborted.IsCancellationRequested)
            await AnswerAsync(context);
    }

    // Null where there is no body.
    private Upload? BeginUpload(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true)
            return null;
        var upload = new Upload(context, transfers);
        context.Request.Body = upload;
        return upload;
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
