using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>A request that a gateway may get.</summary>
public sealed record GatewayRequest
{
    /// <summary>Header names have no case.</summary>
    public static ImmutableSortedDictionary<string, string> NoHeaders { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Method, e.g. <c>GET</c>.</summary>
    public string Method { get; init; } = "GET";
    /// <summary><c>http</c> or <c>https</c>: the listener that it comes in by.</summary>
    public string Scheme { get; init; } = "http";
    /// <summary>Host header or <c>:authority</c>, maybe with a port.</summary>
    public required string Host { get; init; }
    /// <summary>Path with its query.</summary>
    public string Path { get; init; } = "/";
    /// <summary>Other headers.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = NoHeaders;
    /// <summary>Which listener: <see cref="GatewayNames.External"/> or <see cref="GatewayNames.Local"/>.</summary>
    public string Visibility { get; init; } = GatewayNames.External;

    /// <summary>A header as routes see it, the ones that gateways derive among them; null when there is none.</summary>
    public string? Header(string name) => name.ToLowerInvariant() switch
    {
        ":method" => Method,
        ":authority" => Host,
        ":path" => Path,
        ":scheme" => Scheme,
        "x-forwarded-proto" when !Headers.ContainsKey(name) => Scheme,
        _ => Headers.GetValueOrDefault(name),
    };

    /// <summary>The path alone, which is what routes look at.</summary>
    public string PathWithoutQuery => Path.IndexOfAny(['?', '#']) is >= 0 and var end ? Path[..end] : Path;
}
