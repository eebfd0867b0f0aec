using System.Globalization;
using Knative.Xds.Core.Templating;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.RequestLogging;

/// <summary>A request as a request log template sees it.</summary>
/// <remarks>Source: the fields and methods of Go's http.Request that need no reading of the body.</remarks>
internal sealed class LoggedRequest(HttpContext context, string host) : ITemplateObject
{
    private HttpRequest Request => context.Request;

    private string Target => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = (name, arguments) switch
        {
            ("ProtoAtLeast", [long major, long minor]) => Version() is var version && (version.Major > major || (version.Major == major && version.Minor >= minor)),
            ("PathValue" or "FormValue" or "PostFormValue", [string]) => "",
            (_, { Count: 0 }) => Field(name),
            _ => null,
        };
        return value is not null;
    }

    private object? Field(string name) => name switch
    {
        "Method" => Request.Method,
        "RequestURI" => Target,
        "URL" => new LoggedUrl(Target),
        "Host" => host,
        "RemoteAddr" => RemoteAddress(),
        "Proto" => HttpProtocol.IsHttp2(Request.Protocol) ? "HTTP/2.0" : Request.Protocol,
        "ProtoMajor" => Version().Major,
        "ProtoMinor" => Version().Minor,
        "ContentLength" => ContentLength(),
        "UserAgent" => Request.Headers.UserAgent.ToString(),
        "Referer" => Request.Headers.Referer.ToString(),
        "Header" => new LoggedHeader(Request.Headers),
        "Close" => Request.Headers.Connection.ToString().Contains("close", StringComparison.OrdinalIgnoreCase),
        _ => null,
    };

    private (long Major, long Minor) Version() => Request.Protocol switch
    {
        "HTTP/2" => (2, 0),
        "HTTP/1.0" => (1, 0),
        _ => (1, 1),
    };

    // As Go: a length that is not told is -1, that of no body 0.
    private long ContentLength() => Request.ContentLength
        ?? (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? -1 : 0);

    private string RemoteAddress()
    {
        if (context.Connection.RemoteIpAddress is not { } address)
            return "";
        var text = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{(text.Contains(':', StringComparison.Ordinal) ? $"[{text}]" : text)}:{context.Connection.RemotePort}");
    }
}
