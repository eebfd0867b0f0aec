using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>How gateways look a host up.</summary>
public static class RequestHost
{
    private const string AnyLabel = "*";

    /// <summary>The host as scopes have it: without port and trailing dot, in lower case.</summary>
    public static string Normalize(string host)
    {
        var colon = host.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? host : host[..colon]).TrimEnd('.').ToLowerInvariant();
    }

    /// <summary>Names of the scopes that may serve a host, the first found wins: the host itself, then the wildcard for its first label.</summary>
    public static ImmutableArray<string> Scopes(string visibility, string host)
    {
        var name = Normalize(host);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0
            ? [GatewayNames.Scope(visibility, name)]
            : [GatewayNames.Scope(visibility, name), GatewayNames.Scope(visibility, AnyLabel + name[dot..])];
    }
}
