using System.Collections.Immutable;

namespace Knative.Xds.Core.Configuration;

/// <summary>Small readings that several ConfigMaps share.</summary>
internal static class ConfigTexts
{
    /// <summary>A set in ordinal order.</summary>
    public static ImmutableSortedSet<string> Set(params ReadOnlySpan<string> members) => ImmutableSortedSet.Create(StringComparer.Ordinal, members);

    /// <summary>A set from comma-separated text, its members trimmed; empty text is a set of one empty member.</summary>
    public static ImmutableSortedSet<string> Split(string text) => Set(text.Split(',', StringSplitOptions.TrimEntries));

    /// <summary>Whether a text is the word, in any case.</summary>
    public static bool Is(string text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
