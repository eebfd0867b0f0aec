namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>One series of requests.</summary>
/// <param name="Method">A method of HTTP, or <see cref="OtherMethod"/>.</param>
/// <param name="Status">Status of the response.</param>
/// <param name="RouteTag">The route that the request came by.</param>
/// <param name="IsHttp2">Whether it came over HTTP/2.</param>
/// <param name="IsHttps">Whether it came over TLS.</param>
internal readonly record struct RequestKey(string Method, int Status, string RouteTag, bool IsHttp2, bool IsHttps)
{
    private const string OtherMethod = "_OTHER";

    /// <summary>What clients make up beyond the series that are kept.</summary>
    public static readonly RequestKey Overflow = new(OtherMethod, 0, Handling.RouteTag.Undefined, false, false);

    /// <summary>A method as a label: those that HTTP does not know share one value.</summary>
    public static string MethodLabel(string method) =>
        method is "GET" or "POST" or "PUT" or "PATCH" or "DELETE" or "HEAD" or "OPTIONS" or "CONNECT" or "TRACE" ? method : OtherMethod;
}
