using System.Collections.Frozen;
using System.Net;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Knative.Xds.Activation.Forwarding.Bare;

/// <summary>A bare request as the pod gets it: HTTP/2, safe, without a body and without anything that concerns the connection.</summary>
/// <remarks>Says the same as <see cref="ActivatorTransformer"/>.</remarks>
internal static class BareRequest
{
    private const string ForwardedFor = "X-Forwarded-For";
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // Those that are said anew.
    private static readonly FrozenSet<string> Left =
        new[] { "Host", ForwardedFor, HeaderNames.RevisionNamespace, HeaderNames.RevisionName, HeaderNames.ProxyRequest }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes it; null of a request that is not bare.</summary>
    /// <param name="context">The request that came in.</param>
    /// <param name="target">Where to, and by which names.</param>
    public static HttpRequestMessage? TryMake(HttpContext context, BareTarget target)
    {
        if (!IsBare(context))
        {
            return null;
        }

        var incoming = context.Request;
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(HttpMethods.IsHead(incoming.Method) ? HttpMethod.Head : HttpMethod.Get, new Uri(target.Prefix + raw, Verbatim))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (!TryCopy(incoming.Headers, request))
        {
            request.Dispose();
            return null;
        }

        Name(context, request, target);
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
    private static bool TryCopy(IHeaderDictionary incoming, HttpRequestMessage request)
    {
        foreach (var (name, values) in incoming)
        {
            if (!name.StartsWith(':') && !Left.Contains(name) && !HopHeaders.Contains(name) && !TryAdd(request, name, values))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(HttpRequestMessage request, string name, StringValues values) => values.Count switch
    {
        1 => request.Headers.TryAddWithoutValidation(name, values.ToString()),
        // A client may say each of its cookies by itself, to compress them better (RFC 9113, 8.2.3).
        _ when name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) => request.Headers.TryAddWithoutValidation(name, string.Join("; ", values.AsEnumerable())),
        _ => request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()),
    };

    private static void Name(HttpContext context, HttpRequestMessage request, BareTarget target)
    {
        var incoming = context.Request;
        var headers = request.Headers;
        headers.Host = target.PassthroughHost ?? target.Address;
        if (target.PassthroughHost is not null)
        {
            headers.Remove(HeaderNames.PassthroughLoadBalancer);
            headers.TryAddWithoutValidation(HeaderNames.PassthroughLoadBalancer, "true");
        }

        headers.TryAddWithoutValidation(HeaderNames.ProxyRequest, ProbeValues.Activator);
        if (!incoming.Headers.ContainsKey(HeaderNames.OriginalHost))
        {
            headers.TryAddWithoutValidation(HeaderNames.OriginalHost, incoming.Host.Value ?? "");
        }

        if (ClientsOf(context) is { } clients)
        {
            headers.TryAddWithoutValidation(ForwardedFor, clients);
        }

        if (target.TlsNamespace is not null)
        {
            request.Options.Set(BackendTransport.TlsNamespace, target.TlsNamespace);
        }
    }

    private static string? ClientsOf(HttpContext context)
    {
        var before = context.Request.Headers[ForwardedFor];
        if (context.Connection.RemoteIpAddress is not { } client)
        {
            return before.Count == 0 ? null : string.Join(", ", before.AsEnumerable());
        }

        var own = (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString();
        return before.Count == 0 ? own : $"{string.Join(", ", before.AsEnumerable())}, {own}";
    }
}
