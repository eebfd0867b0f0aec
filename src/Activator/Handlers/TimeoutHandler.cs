using System.Text;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Ends requests that take longer than their revision allows. The inner handlers see their client go away; the exchange stays as the feature <see cref="TimedExchange"/>.</summary>
/// <remarks>A response that has begun gets the text appended, as upstream does, unless its length was announced: then the connection is cut.
/// Source: knative/serving pkg/http/handler/timeout.go.</remarks>
internal sealed class TimeoutHandler(RequestBudgets budgets, TimeProvider time)
{
    private const string Text = "activator request timeout";
    private static readonly byte[] TextBytes = Encoding.ASCII.GetBytes(Text);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = new TimedExchange(context.Features, context.Features.GetRequiredFeature<RevisionRuntime>().Revision.Timeouts, time, budgets.Transfers);
        context.Features.Set(exchange);
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

        if (exchange is { HasExpired: true, IsComplete: false } && !context.RequestAborted.IsCancellationRequested)
        {
            await AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        if (!response.HasStarted)
        {
            response.Clear();
            await Answer.TextAsync(context, StatusCodes.Status504GatewayTimeout, Text);
        }
        else if (response.ContentLength is not null)
        {
            context.Abort();
        }
        else if (response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            await LateText.AppendAsync(context, TextBytes, time);
        }
    }
}
