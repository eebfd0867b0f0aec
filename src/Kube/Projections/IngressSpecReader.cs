using System.Collections.Immutable;
using Knative.Xds.Core.Networking;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Projections;

/// <summary>The spec of a KIngress as its hash sees it, defaulted.</summary>
/// <remarks>Source of the defaults: knative/networking pkg/apis/networking/v1alpha1/ingress_defaults.go.</remarks>
internal static class IngressSpecReader
{
    private const int WholeTraffic = 100;

    public static IngressSpec Read(KIngressSpec spec) => new()
    {
        Tls = [.. (spec.Tls ?? []).Select(tls => new IngressSpecTls(Hosts(tls?.Hosts), tls?.SecretName ?? "", tls?.SecretNamespace ?? ""))],
        Rules = [.. (spec.Rules ?? []).Select(Rule)],
        HttpOption = spec.HttpOption ?? "",
    };

    private static IngressSpecRule Rule(KIngressRule? rule) =>
        new(Hosts(rule?.Hosts), rule?.Visibility is { Length: > 0 } visibility ? visibility : "ExternalIP", rule?.Http is not null, rule?.Http?.Paths is { } paths ? [.. paths.Select(Path)] : null);

    private static IngressSpecPath Path(KIngressPath? path) => new()
    {
        Path = path?.Path ?? "",
        RewriteHost = path?.RewriteHost ?? "",
        Headers = Texts(path?.Headers, match => match?.Exact),
        Splits = path?.Splits is { } splits ? [.. splits.Select(split => Split(split, splits.Count == 1))] : null,
        AppendHeaders = Texts(path?.AppendHeaders, text => text),
    };

    private static IngressSpecSplit Split(KIngressSplit? split, bool isOnly) => new()
    {
        ServiceNamespace = split?.ServiceNamespace ?? "",
        ServiceName = split?.ServiceName ?? "",
        PortNumber = split?.ServicePort?.Number ?? 0,
        PortText = split?.ServicePort?.Text,
        Percent = split is null or { Percent: 0 } && isOnly ? WholeTraffic : split?.Percent ?? 0,
        AppendHeaders = Texts(split?.AppendHeaders, text => text),
    };

    // JSON may hold null where a text belongs; Go reads it as empty.
    private static ImmutableArray<string> Hosts(List<string>? hosts) => [.. (hosts ?? []).Select(host => host ?? "")];

    private static ImmutableDictionary<string, string> Texts<T>(Dictionary<string, T>? map, Func<T?, string?> text) =>
        (map ?? []).ToImmutableDictionary(pair => pair.Key, pair => text(pair.Value) ?? "", StringComparer.Ordinal);
}
