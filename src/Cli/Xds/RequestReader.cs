using Knative.Xds.Cli.Admin;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.Cli.Xds;

/// <summary>A request from the words of a command line.</summary>
internal static class RequestReader
{
    /// <exception cref="CliException">The URL or a header is malformed.</exception>
    public static GatewayRequest Read(string method, string url, IEnumerable<string> headers, bool local)
    {
        var full = url.Contains("://", StringComparison.Ordinal) ? url : $"http://{url}";
        if (!Uri.TryCreate(full, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new CliException($"{url} is no URL of the form http://HOST/PATH");
        }

        var given = headers.Select(Split).Aggregate(GatewayRequest.NoHeaders, (all, header) => all.SetItem(header.Name, header.Value));
        var host = given.GetValueOrDefault("Host");
        return new GatewayRequest
        {
            Method = method.ToUpperInvariant(),
            Scheme = address.Scheme,
            // As with curl: a Host header wins over the URL, which then is just where the gateway is.
            Host = host ?? address.Authority,
            Path = address.PathAndQuery,
            Headers = given.Remove("Host"),
            Visibility = local ? GatewayNames.Local : GatewayNames.External,
        };
    }

    private static (string Name, string Value) Split(string header) =>
        header.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            ? (header[..colon].Trim(), header[(colon + 1)..].Trim())
            : throw new CliException($"--header \"{header}\" is not of the form 'Name: value'");
}
