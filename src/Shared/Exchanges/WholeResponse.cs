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

    /// <summary>The response came to its end: the client has it now, and not only when the request has come whole.</summary>
    public static Task EndAsync(HttpContext context)
    {
        context.Features.Set(Mark);
        return HttpProtocol.IsHttp2(context.Request.Protocol) && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
            ? context.Response.CompleteAsync()
            : Task.CompletedTask;
    }

    /// <summary>Whether the response came whole, whatever became of the request's body.</summary>
    public static bool Came(HttpContext context) => context.Features.Get<WholeResponse>() is not null;
}
