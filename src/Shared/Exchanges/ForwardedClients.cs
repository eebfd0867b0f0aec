namespace Knative.Xds.Exchanges;

/// <summary>The header that names the clients that a request came through.</summary>
/// <remarks>Source: Go's net/http/httputil ReverseProxy.</remarks>
internal static class ForwardedClients
{
    private const string Name = "X-Forwarded-For";

    /// <summary>Adds the client of the request that came in to those that it names.</summary>
    public static void Append(HttpContext context, HttpRequestMessage request)
    {
        if (context.Connection.RemoteIpAddress is not { } client)
        {
            return;
        }

        var own = (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString();
        var before = context.Request.Headers[Name];
        request.Headers.Remove(Name);
        request.Headers.TryAddWithoutValidation(Name, before.Count == 0 ? own : $"{string.Join(", ", before.AsEnumerable())}, {own}");
    }
}
