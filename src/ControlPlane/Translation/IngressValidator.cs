using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Texts;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What Envoy or KIngress's own rules forbid, found before Envoy sees it.</summary>
/// <remarks>Source: knative/networking pkg/apis/networking/v1alpha1/ingress_validation.go. Its webhook may be absent, or older than the object.</remarks>
internal static class IngressValidator
{
    private const int WholeTraffic = 100;
    // Percents are whole, so that a hundred can have a share; the rest is for splits that have none yet.
    private const int MaxSplits = 256;
    private const int MaxLabel = 63;
    private const int MaxPort = 65535;

    public static IEnumerable<Problem> Check(Ingress ingress)
    {
        var findings = ingress.Rules.IsEmpty ? [("spec.rules", "NoRules", "there is no rule")] : Findings(ingress);
        return findings.Select(finding => new Problem(ingress.Key, finding.Field, finding.Reason, $"{finding.Field}: {finding.Text}."));
    }

    private static IEnumerable<(string Field, string Reason, string Text)> Findings(Ingress ingress) =>
    [
        .. IngressFields.Rules(ingress).SelectMany(rule => CheckRule(rule.Field, rule.Rule)),
        .. IngressFields.Paths(ingress).SelectMany(path => CheckPath(path.Field, path.Path)),
        .. IngressFields.Splits(ingress).SelectMany(split => CheckSplit(split.Field, split.Split, ingress.Key)),
    ];

    private static IEnumerable<(string, string, string)> CheckRule(string field, IngressRule rule)
    {
        if (rule.Hosts.IsEmpty)
        {
            yield return ($"{field}.hosts", "HostsMissing", "a rule needs hosts: routes are found by host name");
        }

        if (rule.Paths.IsEmpty)
        {
            yield return ($"{field}.http.paths", "PathsMissing", "there is no path");
        }

        foreach (var (host, i) in rule.Hosts.Select((host, i) => (host, i)))
        {
            if (!IsHostName(host))
            {
                yield return ($"{field}.hosts[{i}]", "InvalidHost", $"\"{host}\" is not a DNS name, and not one with a wildcard for its first label (ports and IP addresses are not supported)");
            }
        }
    }

    private static IEnumerable<(string, string, string)> CheckPath(string field, IngressPath path)
    {
        if (path.Path.Length > 0 && path.Path[0] != '/')
        {
            yield return ($"{field}.path", "InvalidPath", $"\"{path.Path}\" does not start with /");
        }

        if (path.RewriteHost.Length > 0 && !IsAuthority(path.RewriteHost))
        {
            yield return ($"{field}.rewriteHost", "InvalidHost", $"\"{path.RewriteHost}\" is not a DNS name");
        }

        foreach (var name in path.Headers.Keys.Where(name => !HeaderMutations.IsName(name)))
        {
            yield return ($"{field}.headers", "InvalidHeader", $"\"{name}\" is not a header name");
        }

        foreach (var (reason, text) in CheckHeaders(path.AppendHeaders))
        {
            yield return ($"{field}.appendHeaders", reason, text);
        }

        if (path.Splits.Length > MaxSplits)
        {
            yield return ($"{field}.splits", "InvalidSplits", $"there are {path.Splits.Length} splits, and at most {MaxSplits} are taken");
        }

        if (CheckShares(path.Splits) is { } shares)
        {
            yield return ($"{field}.splits", "InvalidSplits", shares);
        }
    }

    private static IEnumerable<(string, string, string)> CheckSplit(string field, IngressSplit split, ObjectKey ingress)
    {
        if (split.Service.Namespace != ingress.Namespace)
        {
            yield return ($"{field}.serviceNamespace", "ForeignNamespace", $"it must be the ingress's own namespace, {ingress.Namespace}");
        }

        foreach (var finding in CheckNames(field, split))
        {
            yield return finding;
        }

        if (split.Percent is < 0 or > WholeTraffic)
        {
            yield return ($"{field}.percent", "InvalidPercent", $"{split.Percent} is not between 0 and 100");
        }

        foreach (var (reason, text) in CheckHeaders(split.AppendHeaders))
        {
            yield return ($"{field}.appendHeaders", reason, text);
        }
    }

    /// <summary>Gateways ask for endpoints by names that are made of these: whoever asks for one that is too long is cut off.</summary>
    private static IEnumerable<(string, string, string)> CheckNames(string field, IngressSplit split)
    {
        if (!IsLabel(split.Service.Namespace))
        {
            yield return ($"{field}.serviceNamespace", "InvalidService", $"\"{Shown(split.Service.Namespace)}\" is no name that a namespace can have: {LabelRule}");
        }

        if (!IsLabel(split.Service.Name))
        {
            yield return ($"{field}.serviceName", "InvalidService", $"\"{Shown(split.Service.Name)}\" is no name that a Service can have: {LabelRule}");
        }

        if (split.Port.Name is { } port && !IsLabel(port))
        {
            yield return ($"{field}.servicePort", "InvalidService", $"\"{Shown(port)}\" is no name that a port can have: {LabelRule}");
        }
        else if (split.Port is { Name: null, Number: < 1 or > MaxPort })
        {
            yield return ($"{field}.servicePort", "InvalidService", $"{split.Port.Number} is not between 1 and {MaxPort}");
        }
    }

    private static IEnumerable<(string Reason, string Text)> CheckHeaders(ImmutableSortedDictionary<string, string> headers) =>
        headers.Select(header => HeaderMutations.WhyNot(header.Key, header.Value)).OfType<string>().Select(text => ("InvalidHeader", text));

    private static string? CheckShares(ImmutableArray<IngressSplit> splits)
    {
        if (splits.IsEmpty)
        {
            return "there is no split";
        }

        var sum = splits.Sum(split => (long)split.Percent);
        // A single split may leave its percent out.
        return sum == WholeTraffic || (splits.Length == 1 && sum == 0) ? null : $"percents add to {sum}, not to 100";
    }

    // Source: Kubernetes documentation, "Object names and IDs", RFC 1123 label names.
    private static string LabelRule => $"at most {MaxLabel} of a-z, 0-9 and -, and no - at either end";

    private static bool IsLabel(string name) =>
        name.Length is > 0 and <= MaxLabel && name[0] != '-' && name[^1] != '-' && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    private static string Shown(string name) => name.Length > MaxLabel ? $"{Excerpt.Start(name, MaxLabel)}…" : name;

    private static bool IsHostName(string host) => Uri.CheckHostName(HostNames.IsWildcard(host) ? host[2..] : host) == UriHostNameType.Dns;

    private static bool IsAuthority(string text) => Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0;
}
