using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Measuring;

/// <summary>What tells the series of requests apart.</summary>
/// <param name="Method">Method, or <c>_OTHER</c>.</param>
/// <param name="Status">Status code; 0 stands for all that came after the revision had many series.</param>
/// <param name="IsHttp2">HTTP/2 as opposed to HTTP/1.1.</param>
/// <param name="IsHttps">Over TLS.</param>
internal readonly record struct RequestFacts(string Method, int Status, bool IsHttp2, bool IsHttps)
{
    private const string Other = "_OTHER";
    private static readonly HashSet<string> Known = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT"];

    public static RequestFacts Of(HttpContext context) =>
        new(Known.TryGetValue(context.Request.Method, out var method) ? method : Other, BrokenOff.StatusOf(context), HttpProtocol.IsHttp2(context.Request.Protocol), context.Request.IsHttps);
}
