using System.Collections.Frozen;
using Knative.Xds.Bare;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Forwarding.Bare;

/// <summary>A bare request as the pod gets it.</summary>
/// <remarks>Says the same as <see cref="ActivatorTransformer"/>.</remarks>
internal static class PodRequest
{
    private static readonly FrozenSet<string> Left = new[] { HeaderNames.RevisionNamespace, HeaderNames.RevisionName, HeaderNames.ProxyRequest }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes it; null of a request that is not bare.</summary>
    /// <param name="context">The request that came in.</param>
    /// <param name="target">Where to, and by which names.</param>
    public static HttpRequestMessage? TryMake(HttpContext context, BareTarget target)
    {
        if (BareRequest.TryMake(context, target.Prefix, Left) is not { } request)
        {
            return null;
        }

        var headers = request.Headers;
        headers.Host = target.PassthroughHost ?? target.Address;
        if (target.PassthroughHost is not null)
        {
            headers.Remove(HeaderNames.PassthroughLoadBalancer);
            headers.TryAddWithoutValidation(HeaderNames.PassthroughLoadBalancer, "true");
        }

        headers.TryAddWithoutValidation(HeaderNames.ProxyRequest, ProbeValues.Activator);
        if (!context.Request.Headers.ContainsKey(HeaderNames.OriginalHost))
        {
            headers.TryAddWithoutValidation(HeaderNames.OriginalHost, context.Request.Host.Value ?? "");
        }

        if (target.TlsNamespace is not null)
        {
            request.Options.Set(BackendTransport.TlsNamespace, target.TlsNamespace);
        }

        return request;
    }
}
