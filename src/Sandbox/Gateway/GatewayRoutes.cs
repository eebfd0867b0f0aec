using System.Collections.Frozen;
using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A route configuration.</summary>
internal sealed class GatewayRoutes
{
    private readonly FrozenDictionary<string, GatewayVirtualHost> _hosts;
    private readonly bool _ignorePort;

    private GatewayRoutes(RouteConfiguration configuration)
    {
        _hosts = configuration.VirtualHosts
            .SelectMany(host => host.Domains.Select(domain => (Domain: domain, Host: host)))
            .ToFrozenDictionary(entry => entry.Domain, entry => GatewayVirtualHost.Of(entry.Host), StringComparer.OrdinalIgnoreCase);
        _ignorePort = configuration.IgnorePortInHostMatching;
        Edits = HeaderEdits.Of(configuration.RequestHeadersToRemove, configuration.RequestHeadersToAdd);
        MostSpecificWins = configuration.MostSpecificHeaderMutationsWins;
    }

    public HeaderEdits Edits { get; }

    /// <summary>Whether the edits of a route are made after those of its virtual host and of the whole; otherwise before.</summary>
    public bool MostSpecificWins { get; }

    public static GatewayRoutes Of(RouteConfiguration configuration)
    {
        var domains = configuration.VirtualHosts.SelectMany(host => host.Domains).ToList();
        if (domains.Distinct(StringComparer.OrdinalIgnoreCase).Count() != domains.Count || domains.Any(domain => domain.LastIndexOf('*') > 0))
        {
            throw new InvalidDataException($"route configuration {configuration.Name}: domains must be unique, and have wildcards at their start alone");
        }

        return new GatewayRoutes(configuration);
    }

    public GatewayVirtualHost? Find(HostString host)
    {
        var name = _ignorePort ? host.Host : host.Value ?? "";
        return _hosts.GetValueOrDefault(name) ?? (Wildcard(name) is { } wildcard ? _hosts.GetValueOrDefault(wildcard) : null);
    }

    /// <summary>The name that stands for all with another first label; null for a name of one label.</summary>
    public static string? Wildcard(string name) => name.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? $"*{name[dot..]}" : null;
}
