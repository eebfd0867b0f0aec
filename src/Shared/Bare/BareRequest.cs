using System.Collections.Frozen;
using System.Net;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Knative.Xds.Bare;

/// <summary>A bare request: over HTTP/2, safe, without a body and without anything that concerns the connection.</summary>
internal static class BareRequest
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Makes it from one that came in, with the client's address added to those before; null of a request that is not bare.</summary>
    /// <param name="context">The request that came in.</param>
    /// <param name="prefix">Scheme and address of where it goes.</param>
    /// <param name="left">Headers that are left out, or said anew by the caller; <c>Host</c> is one in any case.</param>
    public static HttpRequestMessage? TryMake(HttpContext context, string prefix, FrozenSet<string> left)
    {
        if (!IsBare(context))
        {
            return null;
        }

        var incoming = context.Request;
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(HttpMethods.IsHead(incoming.Method) ? HttpMethod.Head : HttpMethod.Get, new Uri(prefix + raw, Verbatim))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (!TryCopy(incoming.Headers, request, left))
        {
            request.Dispose();
            return null;
        }

        ForwardedClients.Append(context, request);
        return request;
    }

    private static bool IsBare(HttpContext context)
    {
        var request = context.Request;
        var headers = request.Headers;
        return HttpProtocol.IsHttp2(request.Protocol)
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false
            && headers.TE.Count == 0 && headers.Trailer.Count == 0 && headers.Connection.Count == 0 && headers.Expect.Count == 0
            && context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.StartsWith('/');
    }

    // False where one of them belongs to a body.
    private static bool TryCopy(IHeaderDictionary incoming, HttpRequestMessage request, FrozenSet<string> left)
    {
        foreach (var (name, values) in incoming)
        {
            if (!IsSaidAnew(name) && !left.Contains(name) && !HopHeaders.Contains(name) && !TryAdd(request, name, values))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSaidAnew(string name) => name.StartsWith(':') || name.Equals("Host", StringComparison.OrdinalIgnoreCase);

    private static bool TryAdd(HttpRequestMessage request, string name, StringValues values) => values.Count switch
    {
        1 => request.Headers.TryAddWithoutValidation(name, values.ToString()),
        // A client may say each of its cookies by itself, to compress them better (RFC 9113, 8.2.3).
        _ when name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) => request.Headers.TryAddWithoutValidation(name, string.Join("; ", values.AsEnumerable())),
        _ => request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()),
    };
}
