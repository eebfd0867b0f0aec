using System.Buffers;
using System.Collections.Frozen;
using Knative.Xds.Core.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>The head of a plain request as the pod gets it: HTTP/1.1, safe, without a body, and without anything that concerns the connection.</summary>
/// <remarks>Says the same as <see cref="ActivatorTransformer"/>. Source: knative/serving pkg/activator/handler/handler.go, pkg/http/proxy.go, and Go's net/http/httputil ReverseProxy.</remarks>
internal static class RequestHead
{
    private const string ForwardedFor = "X-Forwarded-For";
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // The connection's own headers, and those that are said anew.
    private static readonly FrozenSet<string> Left = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length",
        "Host", ForwardedFor, HeaderNames.RevisionNamespace, HeaderNames.RevisionName, HeaderNames.ProxyRequest,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a request is plain.</summary>
    public static bool IsPlain(HttpContext context)
    {
        var request = context.Request;
        var headers = request.Headers;
        return HttpProtocol.IsHttp11(request.Protocol)
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false
            && headers.TE.Count == 0 && headers.Upgrade.Count == 0 && headers.Trailer.Count == 0
            && (headers.Connection.Count == 0 || IsOfNoInterest(headers.Connection.ToString()))
            && context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.StartsWith('/');
    }

    /// <summary>Puts it into a buffer.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="context">The request.</param>
    /// <param name="address">Address of the pod.</param>
    /// <param name="passthroughHost">Host by which a mesh lets it through; null where it need not.</param>
    public static void Write(ByteBuffer buffer, HttpContext context, string address, string? passthroughHost)
    {
        var request = context.Request;
        buffer.Append(request.Method);
        buffer.Append(" "u8);
        buffer.Append(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        buffer.Append(" HTTP/1.1\r\n"u8);
        Header(buffer, "Host", passthroughHost ?? address);
        var hasOriginalHost = false;
        foreach (var (name, values) in request.Headers)
        {
            hasOriginalHost |= name.Equals(HeaderNames.OriginalHost, StringComparison.OrdinalIgnoreCase);
            if (Left.Contains(name) || name.AsSpan().ContainsAnyExcept(TokenCharacters) || (passthroughHost is not null && IsOfPassthrough(name)))
            {
                continue;
            }

            foreach (var value in values)
            {
                Header(buffer, name, value);
            }
        }

        if (!hasOriginalHost)
        {
            Header(buffer, HeaderNames.OriginalHost, request.Host.Value);
        }

        Header(buffer, HeaderNames.ProxyRequest, ProbeValues.Activator);
        if (passthroughHost is not null)
        {
            Header(buffer, HeaderNames.PassthroughLoadBalancer, "true");
        }

        AppendClient(buffer, context);
        buffer.Append("\r\n"u8);
    }

    private static bool IsOfPassthrough(string name) => name.Equals(HeaderNames.PassthroughLoadBalancer, StringComparison.OrdinalIgnoreCase);

    private static bool IsOfNoInterest(string connection) =>
        connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) || connection.Equals("close", StringComparison.OrdinalIgnoreCase);

    private static void AppendClient(ByteBuffer buffer, HttpContext context)
    {
        var before = context.Request.Headers[ForwardedFor];
        var client = context.Connection.RemoteIpAddress;
        if (client is null && before.Count == 0)
        {
            return;
        }

        buffer.Append("X-Forwarded-For: "u8);
        for (var i = 0; i < before.Count; i++)
        {
            buffer.Append(before[i]);
            buffer.Append(client is null && i == before.Count - 1 ? ""u8 : ", "u8);
        }

        buffer.Append((client?.IsIPv4MappedToIPv6 == true ? client.MapToIPv4() : client)?.ToString());
        buffer.Append("\r\n"u8);
    }

    private static void Header(ByteBuffer buffer, string name, string? value)
    {
        buffer.Append(name);
        buffer.Append(": "u8);
        buffer.Append(value);
        buffer.Append("\r\n"u8);
    }
}
