using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Knative.Xds.Core.Model;
using Fragment = Envoy.Config.Route.V3.ScopedRouteConfiguration.Types.Key.Types.Fragment;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The routes of one ingress on one listener, and the scopes that lead there.</summary>
/// <param name="Configuration">Its virtual hosts are sorted by name.</param>
/// <param name="Scopes">One for each host.</param>
internal sealed record RouteTable(RouteConfiguration Configuration, ImmutableArray<ScopedRouteConfiguration> Scopes)
{
    public static RouteTable Build(Ingress ingress, string visibility, BackendPorts ports, TranslationSettings settings)
    {
        var hosts = RulesByHost(ingress, visibility, settings);
        var name = GatewayNames.RouteConfiguration(ingress.Key, visibility);
        var configuration = new RouteConfiguration
        {
            Name = name,
            IgnorePortInHostMatching = true,
            // Envoy is sent clusters before routes; to check them again at every change of routes would cost time there.
            ValidateClusters = false,
            RequestHeadersToRemove = { GatewayNames.VisibilityHeader },
            VirtualHosts = { VirtualHosts(ingress, hosts, ports) },
        };
        return new(configuration, [.. hosts.Keys.Select(host => Scope(visibility, host, name))]);
    }

    /// <summary>For each host the indexes of its rules, in order.</summary>
    private static SortedDictionary<string, ImmutableArray<int>> RulesByHost(Ingress ingress, string visibility, TranslationSettings settings)
    {
        var byHost = new SortedDictionary<string, ImmutableArray<int>>(StringComparer.Ordinal);
        foreach (var (i, rule) in ingress.Rules.Index().Where(entry => IsVisible(entry.Item, visibility)))
        {
            foreach (var host in HostsOf(rule, settings))
            {
                byHost[host] = [.. byHost.GetValueOrDefault(host, []), i];
            }
        }

        return byHost;
    }

    private static bool IsVisible(IngressRule rule, string visibility) => visibility == GatewayNames.Local || rule.Visibility == IngressVisibility.ExternalIP;

    private static IEnumerable<string> HostsOf(IngressRule rule, TranslationSettings settings)
    {
        var hosts = rule.Hosts.Select(host => host.TrimEnd('.').ToLowerInvariant());
        return (rule.Visibility == IngressVisibility.ClusterLocal ? hosts.SelectMany(host => ClusterLocalNames.Expand(host, settings.ClusterDomain)) : hosts).Distinct();
    }

    /// <summary>Hosts that share all their rules share a virtual host.</summary>
    private static IEnumerable<VirtualHost> VirtualHosts(Ingress ingress, SortedDictionary<string, ImmutableArray<int>> rulesByHost, BackendPorts ports) =>
        rulesByHost
            .GroupBy(entry => string.Join(',', entry.Value), entry => entry)
            .Select(group => new VirtualHost
            {
                Name = group.First().Key,
                Domains = { group.Select(entry => entry.Key) },
                Routes = { RouteBuilder.Routes(ingress, group.First().Value, ports) },
                RetryPolicy = RouteBuilder.RetryPolicy(),
            });

    private static ScopedRouteConfiguration Scope(string visibility, string host, string routes) => new()
    {
        Name = GatewayNames.Scope(visibility, host),
        RouteConfigurationName = routes,
        Key = new ScopedRouteConfiguration.Types.Key { Fragments = { new Fragment { StringKey = visibility }, new Fragment { StringKey = host } } },
    };
}
