namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The shorter spellings by which pods reach a cluster-local host.</summary>
/// <remarks>Source: knative/networking pkg/ingress/ingress.go. Hosts that Serving writes are already expanded; to do it again is harmless.</remarks>
internal static class ClusterLocalNames
{
    private const int MaxLabelLength = 63;

    /// <summary>The host itself, then, for <c>a.ns.svc.DOMAIN</c>: <c>a.ns.svc</c> and <c>a.ns</c>.</summary>
    public static IEnumerable<string> Expand(string host, string clusterDomain) =>
        new[] { "", $".{clusterDomain}", $".svc.{clusterDomain}" }
            .Where(suffix => host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.Ordinal))
            .Select(suffix => host[..^suffix.Length])
            .Where(name => name == host || CanBeTopLevel(name[(name.LastIndexOf('.') + 1)..]));

    // A last label of digits would make the name look like an IP address.
    private static bool CanBeTopLevel(string label) => label.Length <= MaxLabelLength && label.Any(c => c > '9' || c == '-');
}
