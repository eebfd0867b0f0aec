using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Fragment = Envoy.Config.Route.V3.ScopedRouteConfiguration.Types.Key.Types.Fragment;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The routes of one ingress on one listener, and the scopes that lead there.</summary>
/// <param name="Configuration">Its virtual hosts are sorted by name.</param>
/// <param name="Scopes">One for each host.</param>
internal sealed record RouteTable(RouteConfiguration Configuration, ImmutableArray<ScopedRouteConfiguration> Scopes)
{
    public static RouteTable Build(RouteContext context, string visibility)
    {
        var hosts = HostTable.RulesByHost(context.Ingress, visibility, context.Settings);
        var name = GatewayNames.RouteConfiguration(context.Ingress.Key, visibility);
        var configuration = new RouteConfiguration
        {
            Name = name,
            IgnorePortInHostMatching = true,
            // Envoy is sent clusters before routes; to check them again at every change of routes would cost time there.
            ValidateClusters = false,
            RequestHeadersToRemove = { GatewayNames.VisibilityHeader, GatewayNames.HostHeader },
            VirtualHosts = { VirtualHosts(context, hosts) },
        };
        return new(configuration, [.. hosts.Keys.Select(host => Scope(visibility, host, name))]);
    }

    /// <summary>Hosts that share all their rules, and have a certificate or have none, share a virtual host.</summary>
    private static IEnumerable<VirtualHost> VirtualHosts(RouteContext context, SortedDictionary<string, List<int>> rulesByHost) =>
        rulesByHost
            .Select(entry => (Host: entry.Key, Rules: entry.Value, Redirected: IsRedirected(context, entry.Key, entry.Value)))
            .GroupBy(entry => $"{string.Join(',', entry.Rules)} {entry.Redirected} {HostNames.IsWildcard(entry.Host)}", entry => entry)
            .Select(group => new VirtualHost
            {
                Name = group.First().Host,
                Domains = { group.Select(entry => entry.Host) },
                Routes = { RouteBuilder.Routes(context, group.First().Rules, group.First().Redirected, withProbes: HostNames.IsWildcard(group.First().Host)) },
                RetryPolicy = RouteBuilder.RetryPolicy(),
                Metadata = MetadataOf(context.Ingress, group.First().Rules),
                TypedPerFilterConfig = { Authorization(context, group.First().Rules[0]) },
            });

    private static Dictionary<string, Any> Authorization(RouteContext context, int rule) => context.Settings.Authorizes
        ? new() { [Authorizing.FilterName] = Authorizing.Context(context.Ingress, context.Ingress.Rules[rule].Visibility) }
        : [];

    private static Metadata MetadataOf(Ingress ingress, List<int> rules)
    {
        var known = new Struct { Fields = { [HostScript.HashKey] = Value.ForString(ingress.Hash) } };
        if (rules.Exists(i => ingress.Rules[i].Paths.Any(HasActivators)))
        {
            known.Fields[HostScript.ActivatorsKey] = Value.ForBool(true);
        }

        return new Metadata { FilterMetadata = { [HostScript.FilterName] = known } };
    }

    /// <remarks>An activator is told by headers which revision a request is for.</remarks>
    private static bool HasActivators(IngressPath path) => path.Splits.Any(split => NamesRevision(split.AppendHeaders) || NamesRevision(path.AppendHeaders));

    private static bool NamesRevision(ImmutableSortedDictionary<string, string> headers) => headers.Keys.Contains(HeaderNames.RevisionName, StringComparer.OrdinalIgnoreCase);

    /// <remarks>Serving asks for redirects before the certificate is there; to redirect then would send clients to a closed door.</remarks>
    private static bool IsRedirected(RouteContext context, string host, List<int> rules) =>
        context.Settings.AllowsRedirects &&
        context.Ingress.HttpOption == HttpOption.Redirected &&
        context.Certificates.Serves(host) &&
        rules.Exists(i => context.Ingress.Rules[i].Visibility == IngressVisibility.ExternalIP);

    private static ScopedRouteConfiguration Scope(string visibility, string host, string routes) => new()
    {
        Name = GatewayNames.Scope(visibility, host),
        RouteConfigurationName = routes,
        Key = new ScopedRouteConfiguration.Types.Key { Fragments = { new Fragment { StringKey = visibility }, new Fragment { StringKey = host } } },
    };
}
