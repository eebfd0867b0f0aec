using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Exchanges;

/// <summary>Remembers of a request that YARP forwarded that its response came whole.</summary>
/// <remarks>A response may come, and end, before the request was sent whole: whoever answers so takes no more of the request (RFC 9113, 8.1; RFC 9110, 7.5), and the
/// response counts. YARP calls that an error of the request's body, as it does where there is no response.</remarks>
internal sealed class WholeResponse
{
    private static readonly WholeResponse Mark = new();

    private WholeResponse()
    {
    }

    /// <summary>The response came to its end. What is left of the request goes nowhere then, as upstream: the client has its response at once, and nobody waits for the rest.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hasRequest">Whether the request has come whole.</param>
    public static void Note(HttpContext context, bool hasRequest)
    {
        context.Features.Set(Mark);
        if (!hasRequest)
        {
            (context.Features.Get<IHttpRequestLifetimeFeature>() as TimedExchange)?.StopRequest();
        }
    }

    /// <summary>Whether the response came whole, whatever became of the request's body.</summary>
    public static bool Came(HttpContext context) => context.Features.Get<WholeResponse>() is not null;
}
