using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Exchanges;

/// <summary>Remembers of a request that its response broke off after it had begun: metrics and logs count it as an error of ours, whatever status it began with.</summary>
/// <remarks>As upstream, whose handlers panic then. A response that a time limit ended is none of these, nor is a tunnel. Threading: the handlers of one request.</remarks>
internal sealed class BrokenOff
{
    private static readonly BrokenOff Mark = new();

    private BrokenOff()
    {
    }

    /// <summary>The response will not be whole.</summary>
    public static void Note(IFeatureCollection features) => features.Set(Mark);

    /// <summary>The client left. Had its response not begun yet, it counts with this status.</summary>
    public static void NoteLeft(HttpContext context, int status)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = status;
        }
        else if (context.Features.Get<IHttpRequestLifetimeFeature>() is not TimedExchange { HasExpired: true })
        {
            Note(context.Features);
        }
    }

    /// <summary>Whether the response broke off.</summary>
    public static bool Is(HttpContext context) =>
        (context.Features.Get<BrokenOff>() is not null || context.Features.Get<IHttpRequestLifetimeFeature>() is TimedExchange { IsBroken: true })
        && context.Response.StatusCode != StatusCodes.Status101SwitchingProtocols;

    /// <summary>The status that the request counts with.</summary>
    public static int StatusOf(HttpContext context) => Is(context) ? StatusCodes.Status500InternalServerError : context.Response.StatusCode;
}
