using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Exchanges;

/// <summary>The beginning of a response that YARP gives on.</summary>
/// <remarks>YARP sends the headers with the first byte of the body, and so not before there is one.</remarks>
internal static class ResponseStart
{
    /// <summary>Whether the response can have its body; where the server writes none, its length goes too.</summary>
    public static bool CanHaveBody(HttpResponse response)
    {
        if (response.StatusCode != StatusCodes.Status205ResetContent)
        {
            return true;
        }

        response.ContentLength = null;
        return false;
    }

    /// <summary>Waits for the first part of the body, or its end; the client has the headers meanwhile.</summary>
    /// <remarks>What has ended already, as an answer of trailers only, stays as it is. Errors: none; whoever reads next meets them again.</remarks>
    public static async ValueTask AwaitBodyAsync(HttpContext context, HttpContent body, CancellationToken cancellationToken)
    {
        // A tunnel begins with headers that the server sends.
        if (context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true)
        {
            return;
        }

        var stream = await body.ReadAsStreamAsync(cancellationToken);
        // Reads nothing, but waits until there is something. Failures are passed over only where a task has no result.
        Task arrival = stream.ReadAsync(Memory<byte>.Empty, cancellationToken).AsTask();
        if (arrival.IsCompleted)
        {
            return;
        }

        await context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await arrival.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
