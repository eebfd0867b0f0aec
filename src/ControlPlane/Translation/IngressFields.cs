using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The parts of an ingress with their JSON paths.</summary>
internal static class IngressFields
{
    public static IEnumerable<(string Field, IngressRule Rule)> Rules(Ingress ingress) =>
        ingress.Rules.Select((rule, i) => ($"spec.rules[{i}]", rule));

    public static IEnumerable<(string Field, IngressPath Path)> Paths(Ingress ingress) =>
        Rules(ingress).SelectMany(rule => rule.Rule.Paths.Select((path, j) => ($"{rule.Field}.http.paths[{j}]", path)));

    public static IEnumerable<(string Field, IngressSplit Split)> Splits(Ingress ingress) =>
        Paths(ingress).SelectMany(path => path.Path.Splits.Select((split, k) => ($"{path.Field}.splits[{k}]", split)));
}
