using Knative.Xds.Core.Templating;

namespace Knative.Xds.RequestLogging;

/// <summary>What a request log template is about.</summary>
internal sealed class LogInput(HttpContext context, string host, LoggedResponse response, LoggedRevision revision) : ITemplateObject
{
    private const int TraceParentParts = 4;

    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = name switch
        {
            "Request" => new LoggedRequest(context, host),
            "Response" => response,
            "Revision" => revision,
            "TraceID" => TraceId(context.Request.Headers),
            _ => null,
        };
        return value is not null && arguments.Count == 0;
    }

    private static string TraceId(IHeaderDictionary headers)
    {
        var parts = headers.TraceParent.ToString().Split('-');
        return parts.Length >= TraceParentParts ? parts[1] : headers["X-B3-TraceId"].ToString();
    }
}
