using System.Text;

namespace Knative.Xds.Core.Networking;

/// <summary>The shorter spellings by which pods reach a cluster-local host.</summary>
/// <remarks>Source: knative/networking pkg/ingress/ingress.go. Hosts that Serving writes are already expanded; to do it again is harmless.</remarks>
public static class ClusterLocalNames
{
    private const int MaxLabelBytes = 63;

    /// <summary>The spellings of all hosts, each once, sorted by code points.</summary>
    public static IReadOnlyCollection<string> Expand(IEnumerable<string> hosts, string clusterDomain) =>
        new SortedSet<string>(hosts.SelectMany(host => Expand(host, clusterDomain)), StringComparer.Ordinal);

    /// <summary>The host itself, then, for <c>a.ns.svc.DOMAIN</c>: <c>a.ns.svc</c> and <c>a.ns</c>. Names that could be taken for an IP address are left out.</summary>
    public static IEnumerable<string> Expand(string host, string clusterDomain) =>
        new[] { "", $".{clusterDomain}", $".svc.{clusterDomain}" }
            .Where(suffix => host.EndsWith(suffix, StringComparison.Ordinal))
            .Select(suffix => host[..^suffix.Length])
            .Where(name => CanBeTopLevel(name[(name.LastIndexOf('.') + 1)..]));

    private static bool CanBeTopLevel(string label) => Encoding.UTF8.GetByteCount(label) <= MaxLabelBytes && label.Any(c => c is > '9' or '-');
}
