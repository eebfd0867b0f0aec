using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Bare;

/// <summary>Sends a bare request (see <see cref="BareRequest"/>) by the platform's client alone, and gives the response on.</summary>
/// <remarks>It needs nothing of what YARP does for all others, and a short response is sent in one go: its headers, body and end.</remarks>
internal static class BareExchange
{
    // RFC 9113, 7: INTERNAL_ERROR.
    private const int InternalError = 2;

    /// <summary>Null when the response was sent; else what was wrong. A response that had begun is broken off then.</summary>
    /// <remarks>Errors: <see cref="OperationCanceledException"/> when the token fired.</remarks>
    /// <param name="context">The request that came in.</param>
    /// <param name="client">Who sends.</param>
    /// <param name="request">What.</param>
    /// <param name="cancellationToken">The client is gone, or the time is over.</param>
    public static async Task<Exception?> RunAsync(HttpContext context, HttpMessageInvoker client, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            await BareResponse.SendAsync(context, response, cancellationToken);
            return null;
        }
        catch (Exception error) when (IsOfTheResponse(error) || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (context.Response.HasStarted)
            {
                context.Features.Get<IHttpResetFeature>()?.Reset(InternalError);
            }

            return error;
        }
    }

    // The last one is what our server says of headers that nobody may send, and of a body that is longer than was announced.
    private static bool IsOfTheResponse(Exception error) => error is HttpRequestException or IOException or InvalidOperationException;
}
