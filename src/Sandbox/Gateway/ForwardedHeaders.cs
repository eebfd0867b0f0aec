using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>What a proxy says about the client that it speaks for, in Envoy's way.</summary>
internal static class ForwardedHeaders
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string RequestId = "X-Request-Id";

    public static void Add(HttpContext context, GatewayListener listener)
    {
        var headers = context.Request.Headers;
        if (listener.UsesRemoteAddress)
        {
            var client = context.Connection.RemoteIpAddress?.ToString() ?? "";
            headers[For] = headers.TryGetValue(For, out var before) ? $"{before},{client}" : client;
            headers[Proto] = "http";
        }
        else if (!headers.ContainsKey(Proto))
        {
            headers[Proto] = "http";
        }

        if (!headers.ContainsKey(RequestId))
        {
            headers[RequestId] = Guid.NewGuid().ToString();
        }
    }
}
