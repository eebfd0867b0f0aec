using Knative.Xds.Core.Networking;

namespace Knative.Xds.Core.Tests.Networking;

/// <summary>Adds to each rule the paths that answer a probe with the hash of the spec, as upstream does; our gateways need no doubled paths, so that it is for the recorded specs alone.</summary>
/// <remarks>Source: knative/networking pkg/ingress/ingress.go: a request whose K-Network-Hash is <c>override</c> takes the same way as one without, and arrives with the hash.</remarks>
internal static class ProbeInsertion
{
    private const string Header = "K-Network-Hash";
    private const string Override = "override";

    /// <summary>The spec with its probe paths, and its hash before; null when a rule has no http.</summary>
    public static (IngressSpec Spec, string Hash)? Insert(IngressSpec spec, string namespaceName, string name)
    {
        var hash = NetworkHash.Of(spec, namespaceName, name);
        return spec.Rules.All(rule => rule.HasHttp) ? (spec with { Rules = [.. spec.Rules.Select(rule => Insert(rule, hash))] }, hash) : null;
    }

    private static IngressSpecRule Insert(IngressSpecRule rule, string hash)
    {
        var paths = rule.Paths ?? [];
        return rule with { Paths = [.. paths.Select(path => Probe(path, hash)), .. paths] };
    }

    private static IngressSpecPath Probe(IngressSpecPath path, string hash) => path with
    {
        Headers = path.Headers.SetItem(Header, Override),
        AppendHeaders = path.AppendHeaders.SetItem(Header, hash),
    };
}
