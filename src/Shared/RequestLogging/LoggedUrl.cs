using Knative.Xds.Core.Templating;

namespace Knative.Xds.RequestLogging;

/// <summary>A request's target as a template sees it.</summary>
internal sealed class LoggedUrl(string target) : ITemplateObject
{
    private int Question => target.IndexOf('?', StringComparison.Ordinal);

    private string RawPath => Question < 0 ? target : target[..Question];

    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = name switch
        {
            "Path" => Uri.UnescapeDataString(RawPath),
            "EscapedPath" => RawPath,
            "RawQuery" => Question < 0 ? "" : target[(Question + 1)..],
            "RequestURI" or "String" => target,
            "Scheme" or "Host" or "Fragment" or "Opaque" or "Hostname" or "Port" => "",
            _ => null,
        };
        return value is not null && arguments.Count == 0;
    }

    public override string ToString() => target;
}
