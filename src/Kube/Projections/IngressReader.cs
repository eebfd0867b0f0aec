using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Projections;

/// <summary>Reads the parts of a KIngress; what it returns beside a problem is never used.</summary>
internal sealed class IngressReader(ProblemList problems, string namespaceName)
{
    public HttpOption Option(string? option)
    {
        switch (option)
        {
            case null or "" or "Enabled":
                return HttpOption.Enabled;
            case "Redirected":
                return HttpOption.Redirected;
            default:
                problems.Invalid("spec.httpOption", $"must be Enabled, Redirected or empty, but is \"{option}\"");
                return HttpOption.Enabled;
        }
    }

    public ImmutableArray<IngressRule> Rules(List<KIngressRule>? rules)
    {
        if (rules is null or { Count: 0 })
        {
            problems.Missing("spec.rules");
            return [];
        }

        return [.. rules.Select((rule, index) => Rule(rule, $"spec.rules[{index}]"))];
    }

    public ImmutableArray<IngressTls> Tls(List<KIngressTls>? entries) =>
        [.. (entries ?? []).Select((entry, index) => Certificate(entry, $"spec.tls[{index}]"))];

    private IngressTls Certificate(KIngressTls? entry, string field)
    {
        Require(entry?.SecretName, $"{field}.secretName");
        Require(entry?.SecretNamespace, $"{field}.secretNamespace");
        return new IngressTls(Hosts(entry?.Hosts), new ObjectKey(entry?.SecretNamespace ?? "", entry?.SecretName ?? ""));
    }

    private IngressRule Rule(KIngressRule? rule, string field)
    {
        if (rule?.Http is null)
        {
            problems.Missing($"{field}.http");
        }
        else if (rule.Http.Paths is null or { Count: 0 })
        {
            problems.Missing($"{field}.http.paths");
        }

        var paths = (rule?.Http?.Paths ?? []).Select((path, index) => Path(path, $"{field}.http.paths[{index}]"));
        return new IngressRule(Hosts(rule?.Hosts), Visibility(rule?.Visibility, $"{field}.visibility"), [.. paths]);
    }

    private static ImmutableArray<string> Hosts(List<string>? hosts) => [.. (hosts ?? []).Select(host => host ?? "")];

    private IngressVisibility Visibility(string? visibility, string field)
    {
        switch (visibility)
        {
            case null or "" or "ExternalIP":
                return IngressVisibility.ExternalIP;
            case "ClusterLocal":
                return IngressVisibility.ClusterLocal;
            default:
                // Upstream does not check it. To guess could show a private host to the world.
                problems.Invalid(field, $"must be ExternalIP, ClusterLocal or empty, but is \"{visibility}\"");
                return IngressVisibility.ClusterLocal;
        }
    }

    private IngressPath Path(KIngressPath? path, string field)
    {
        var splits = (path?.Splits ?? []).Select((split, index) => Split(split, $"{field}.splits[{index}]")).ToImmutableArray();
        if (splits.IsEmpty)
        {
            problems.Missing($"{field}.splits");
        }
        else if (splits is [{ Percent: 0 } only])
        {
            splits = [only with { Percent = 100 }];
        }

        // Summed as long: percentages from outside may be anything.
        var sum = splits.Sum(split => (long)split.Percent);
        if (sum != 100 && !splits.IsEmpty)
        {
            problems.Invalid($"{field}.splits", $"must have percentages that add up to 100, but they add up to {sum}");
        }

        return new IngressPath
        {
            Path = path?.Path ?? "",
            RewriteHost = path?.RewriteHost ?? "",
            Headers = Texts.Sorted(path?.Headers, match => match?.Exact),
            AppendHeaders = Texts.Sorted(path?.AppendHeaders),
            Splits = splits,
        };
    }

    private IngressSplit Split(KIngressSplit? split, string field)
    {
        if (split is { Percent: < 0 or > 100 })
        {
            problems.Invalid($"{field}.percent", $"must be from 0 to 100, but is {split.Percent}");
        }

        if (Require(split?.ServiceNamespace, $"{field}.serviceNamespace") && split!.ServiceNamespace != namespaceName)
        {
            problems.Invalid($"{field}.serviceNamespace", $"must be the ingress' own namespace \"{namespaceName}\", but is \"{split.ServiceNamespace}\"");
        }

        Require(split?.ServiceName, $"{field}.serviceName");
        return new IngressSplit
        {
            Service = new ObjectKey(split?.ServiceNamespace ?? "", split?.ServiceName ?? ""),
            Port = Port(split, $"{field}.servicePort"),
            Percent = split?.Percent ?? 0,
            AppendHeaders = Texts.Sorted(split?.AppendHeaders),
        };
    }

    private ServicePortRef Port(KIngressSplit? split, string field)
    {
        var text = split?.ServicePort?.ToString();
        if (string.IsNullOrEmpty(text) || text == "0")
        {
            problems.Missing(field);
            return default;
        }

        // A port name has a letter in it (Kubernetes rule), so digits are a number also when they come as a string.
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? ServicePortRef.Of(number) : ServicePortRef.Of(text);
    }

    private bool Require(string? text, string field)
    {
        if (!string.IsNullOrEmpty(text))
        {
            return true;
        }

        problems.Missing(field);
        return false;
    }
}
