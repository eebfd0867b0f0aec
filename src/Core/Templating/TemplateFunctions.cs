using System.Collections;
using System.Globalization;
using System.Text;

namespace Knative.Xds.Core.Templating;

/// <summary>The built-in functions of templates.</summary>
/// <remarks>Source: Go text/template funcs.go.</remarks>
internal static class TemplateFunctions
{
    private static readonly string[] Names = ["and", "or", "not", "len", "index", "print", "printf", "println", "html", "js", "urlquery", "eq", "ne", "lt", "le", "gt", "ge"];

    public static bool IsKnown(string name) => Array.IndexOf(Names, name) >= 0;

    /// <summary>Calls a function other than the two that do not evaluate all their arguments.</summary>
    public static object? Call(string name, IReadOnlyList<object?> arguments) => (name, arguments.Count) switch
    {
        ("not", 1) => !GoFormat.IsTrue(arguments[0]),
        ("len", 1) => Length(arguments[0]),
        ("index", > 0) => arguments.Skip(1).Aggregate(arguments[0], Index),
        ("print", _) => Print(arguments),
        ("println", _) => string.Join(' ', arguments.Select(GoFormat.Text)) + "\n",
        ("printf", > 0) when arguments[0] is string format => GoFormat.Printf(format, arguments.Skip(1).ToList()),
        ("html", _) => Html(Print(arguments)),
        ("js", _) => JavaScript(Print(arguments)),
        ("urlquery", _) => Uri.EscapeDataString(Print(arguments)).Replace("%20", "+", StringComparison.Ordinal),
        ("eq", > 1) => arguments.Skip(1).Any(other => Compare(arguments[0], other) == 0),
        ("ne", 2) => Compare(arguments[0], arguments[1]) != 0,
        ("lt", 2) => Compare(arguments[0], arguments[1], isOrdered: true) < 0,
        ("le", 2) => Compare(arguments[0], arguments[1], isOrdered: true) <= 0,
        ("gt", 2) => Compare(arguments[0], arguments[1], isOrdered: true) > 0,
        ("ge", 2) => Compare(arguments[0], arguments[1], isOrdered: true) >= 0,
        _ => throw new GoTemplateException($"{name} cannot take these {arguments.Count} arguments"),
    };

    private static long Length(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        ICollection list => list.Count,
        IReadOnlyCollection<object?> list => list.Count,
        _ => throw new GoTemplateException("len of a value that has none"),
    };

    private static object? Index(object? value, object? key) => (value, key) switch
    {
        (IReadOnlyDictionary<string, string> texts, string name) => texts.GetValueOrDefault(name, ""),
        (IReadOnlyDictionary<string, object?> map, string name) => map.GetValueOrDefault(name),
        (IList list, long index) when index >= 0 && index < list.Count => list[(int)index],
        (string text, long index) when Encoding.UTF8.GetBytes(text) is var bytes && index >= 0 && index < bytes.Length => (long)bytes[index],
        _ => throw new GoTemplateException("index is out of range or of the wrong type"),
    };

    // Values of different kinds are different; only like can be ordered with like.
    private static int Compare(object? left, object? right, bool isOrdered = false) => (left, right) switch
    {
        (string first, string second) => string.CompareOrdinal(first, second),
        (long first, long second) => first.CompareTo(second),
        (double first, double second) => first.CompareTo(second),
        (bool first, bool second) when !isOrdered => first.CompareTo(second),
        (null, null) when !isOrdered => 0,
        (null, _) or (_, null) when !isOrdered => 1,
        _ => throw new GoTemplateException("values of these types cannot be compared"),
    };

    // As Go's Print: a space between two neighbours that are both no text.
    private static string Print(IReadOnlyList<object?> values)
    {
        var text = new StringBuilder();
        for (var index = 0; index < values.Count; index++)
        {
            if (index > 0 && values[index] is not string && values[index - 1] is not string)
            {
                text.Append(' ');
            }

            GoFormat.Append(text, values[index]);
        }

        return text.ToString();
    }

    private static string Html(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\0' => escaped.Append('\uFFFD'),
                '"' => escaped.Append("&#34;"),
                '\'' => escaped.Append("&#39;"),
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString();
    }

    private static string JavaScript(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\\' or '\'' or '"')
            {
                escaped.Append('\\').Append((char)rune.Value);
            }
            else if (rune.Value < ' ' || rune.Value is '<' or '>' or '&' or '=' || !IsPrintable(rune))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            }
            else
            {
                escaped.Append(rune.ToString());
            }
        }

        return escaped.ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
