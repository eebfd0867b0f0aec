using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Projections;

/// <summary>KIngress to <see cref="Ingress"/>, defaulted and validated as upstream's webhook does it, because nobody promises that it ran.</summary>
/// <remarks>Pure, total. Source: knative/networking pkg/apis/networking/v1alpha1/ingress_defaults.go and ingress_validation.go.</remarks>
public static class IngressProjection
{
    /// <summary>Value of the class annotation; empty when absent.</summary>
    public static string ClassOf(KIngress ingress) =>
        ingress.Metadata.Annotations is { } annotations && annotations.TryGetValue(Labels.IngressClass, out var name) ? name ?? "" : "";

    /// <summary>Projects one object. The value is null when there is any problem: an ingress is served whole or not at all.</summary>
    public static Projected<Ingress> Project(KIngress ingress)
    {
        var key = KubeJson.KeyOf(ingress);
        var problems = new ProblemList(key);
        var spec = ingress.Spec;
        if (spec is null or { Rules: null, Tls: null, HttpOption: null or "" })
        {
            problems.Missing("spec");
            return new Projected<Ingress>(null, problems.ToImmutable());
        }

        var reader = new IngressReader(problems, key.Namespace);
        var value = new Ingress
        {
            Key = key,
            Uid = ingress.Metadata.Uid ?? "",
            Generation = ingress.Metadata.Generation ?? 0,
            CreatedAt = ingress.Metadata.CreationTimestamp is { } created ? new DateTimeOffset(DateTime.SpecifyKind(created, DateTimeKind.Utc)) : default,
            Class = ClassOf(ingress),
            Hash = NetworkHash.Of(IngressSpecReader.Read(spec), key.Namespace, key.Name),
            HttpOption = reader.Option(spec.HttpOption),
            Rules = reader.Rules(spec.Rules),
            Tls = reader.Tls(spec.Tls),
            Labels = Texts.Sorted(ingress.Metadata.Labels),
            Annotations = Texts.Sorted(ingress.Metadata.Annotations),
        };
        return new Projected<Ingress>(problems.IsEmpty ? value : null, problems.ToImmutable());
    }
}
