using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The hosts that an ingress is reached by.</summary>
internal static class HostTable
{
    /// <summary>Each host once, sorted, with the widest visibility that a rule gives it.</summary>
    public static IEnumerable<KeyValuePair<string, IngressVisibility>> All(Ingress ingress, TranslationSettings settings)
    {
        var hosts = new SortedDictionary<string, IngressVisibility>(StringComparer.Ordinal);
        foreach (var (rule, host) in ingress.Rules.SelectMany(rule => HostsOf(rule, settings).Select(host => (rule, host))))
        {
            hosts[host] = rule.Visibility == IngressVisibility.ExternalIP ? rule.Visibility : hosts.GetValueOrDefault(host, rule.Visibility);
        }

        return hosts;
    }

    /// <summary>For each host on a listener the indexes of its rules, in order.</summary>
    public static SortedDictionary<string, List<int>> RulesByHost(Ingress ingress, string visibility, TranslationSettings settings)
    {
        var byHost = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (var (i, rule) in ingress.Rules.Index().Where(entry => IsVisible(entry.Item, visibility)))
        {
            foreach (var host in HostsOf(rule, settings))
            {
                if (!byHost.TryGetValue(host, out var rules))
                {
                    byHost[host] = rules = [];
                }

                rules.Add(i);
            }
        }

        return byHost;
    }

    // External rules are reachable on the local listener too, as with net-kourier.
    private static bool IsVisible(IngressRule rule, string visibility) => visibility == GatewayNames.Local || rule.Visibility == IngressVisibility.ExternalIP;

    private static IEnumerable<string> HostsOf(IngressRule rule, TranslationSettings settings)
    {
        var hosts = rule.Hosts.Select(HostNames.Normalize);
        return (rule.Visibility == IngressVisibility.ClusterLocal ? hosts.SelectMany(host => ClusterLocalNames.Expand(host, settings.ClusterDomain).Prepend(host)) : hosts).Distinct();
    }
}
