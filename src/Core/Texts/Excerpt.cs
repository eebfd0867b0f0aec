namespace Knative.Xds.Core.Texts;

/// <summary>Parts of texts that others wrote, cut between characters and not within one.</summary>
/// <remarks>Half of a character that takes two UTF-16 units is no text: whoever encodes it replaces it, or throws.</remarks>
public static class Excerpt
{
    /// <summary>The beginning of a text: at most <paramref name="length"/> UTF-16 units.</summary>
    public static string Start(string text, int length) => text.Length <= length ? text : text[..(IsWithin(text, length) ? length - 1 : length)];

    /// <summary>The end of a text: at most <paramref name="length"/> UTF-16 units.</summary>
    public static string End(string text, int length) => text.Length <= length ? text : text[^(IsWithin(text, text.Length - length) ? length - 1 : length)..];

    /// <summary>The text with U+FFFD in place of each half of a character.</summary>
    public static string Mend(string text) => !HasHalves(text) ? text : string.Create(text.Length, text, (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = IsHalf(source, i) ? '\uFFFD' : source[i];
        }
    });

    private static bool HasHalves(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (IsHalf(text, i))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a cut before a place is one within a character.</summary>
    private static bool IsWithin(string text, int place) => place > 0 && place < text.Length && char.IsSurrogatePair(text[place - 1], text[place]);

    private static bool IsHalf(string text, int place) => char.IsSurrogate(text[place]) && !IsWithin(text, place) && !IsWithin(text, place + 1);
}
