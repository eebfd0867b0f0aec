using System.Collections.Immutable;

namespace Knative.Xds.Core.Configuration;

/// <summary>Chooses the RuntimeClass of a revision's pods by its labels.</summary>
/// <remarks>Source: knative/serving pkg/deployment/config.go.</remarks>
public static class RuntimeClassRules
{
    /// <summary>The class whose selector matches with most labels, the first by name among equals; null when none matches.</summary>
    /// <param name="classes">Class names to the labels that they ask for; no labels match everything.</param>
    /// <param name="labels">Labels of the revision.</param>
    public static string? Choose(
        IReadOnlyDictionary<string, ImmutableSortedDictionary<string, string>> classes, IReadOnlyDictionary<string, string> labels)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return classes
            .Where(entry => entry.Value.All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value))
            .OrderByDescending(entry => entry.Value.Count)
            .ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Key)
            .FirstOrDefault();
    }
}
