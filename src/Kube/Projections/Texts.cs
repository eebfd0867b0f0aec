using System.Collections.Immutable;

namespace Knative.Xds.Kube.Projections;

/// <summary>Maps of texts as they come from JSON: absent, or with null values.</summary>
internal static class Texts
{
    public static ImmutableSortedDictionary<string, string> Sorted(IEnumerable<KeyValuePair<string, string>>? texts) =>
        Sorted(texts, text => text);

    public static ImmutableSortedDictionary<string, string> Sorted<TValue>(IEnumerable<KeyValuePair<string, TValue>>? values, Func<TValue, string?> text) =>
        (values ?? []).ToImmutableSortedDictionary(pair => pair.Key, pair => text(pair.Value) ?? "", StringComparer.Ordinal);
}
