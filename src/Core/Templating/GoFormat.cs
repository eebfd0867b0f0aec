using System.Collections;
using System.Globalization;
using System.Text;

namespace Knative.Xds.Core.Templating;

/// <summary>Values as Go's fmt package prints them.</summary>
/// <remarks>Source: Go fmt and strconv.</remarks>
internal static class GoFormat
{
    // Beyond these powers of ten Go writes an exponent.
    private const int LeastPlainExponent = -4;
    private const int LeastPlainJsonExponent = -6;
    private const int MostPlainExponent = 6;
    private const int MostPlainJsonExponent = 21;

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        ICollection list => list.Count > 0,
        _ => true,
    };

    public static string Text(object? value) => Append(new StringBuilder(), value).ToString();

    public static StringBuilder Append(StringBuilder output, object? value) => value switch
    {
        null => output.Append("<no value>"),
        string text => output.Append(text),
        bool flag => output.Append(flag ? "true" : "false"),
        double number => output.Append(Float(number)),
        IReadOnlyDictionary<string, string> texts => AppendMap(output, texts.Select(entry => KeyValuePair.Create(entry.Key, (object?)entry.Value))),
        IReadOnlyDictionary<string, object?> map => AppendMap(output, map),
        IEnumerable list => output.Append('[').AppendJoin(' ', list.Cast<object?>().Select(Text)).Append(']'),
        IFormattable number => output.Append(number.ToString(null, CultureInfo.InvariantCulture)),
        _ => output.Append(value),
    };

    /// <summary>The shortest text that reads back as the same number.</summary>
    public static string Float(double number) =>
        double.IsFinite(number) ? Float(number, (LeastPlainExponent, MostPlainExponent), "00") : double.IsNaN(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";

    /// <summary>A finite number as Go's JSON encoder writes it.</summary>
    public static string JsonFloat(double number) => Float(number, (LeastPlainJsonExponent, MostPlainJsonExponent), "0");

    private static string Float(double number, (int Least, int Most) plain, string exponentFormat)
    {
        var digits = Digits(number, out var point);
        var exponent = point - 1;
        var sign = double.IsNegative(number) ? "-" : "";
        if (exponent >= plain.Least && exponent < plain.Most)
        {
            return sign + Plain(digits, point);
        }

        var fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString(exponentFormat, CultureInfo.InvariantCulture)}");
    }

    /// <summary>Formats as Go's Printf does, for the verbs v, s, q, d, x, X, f, e, g, t and c with width, precision and the flags minus, plus and zero.</summary>
    public static string Printf(string format, IReadOnlyList<object?> arguments)
    {
        var output = new StringBuilder();
        var next = 0;
        for (var index = 0; index < format.Length; index++)
        {
            if (format[index] != '%')
            {
                output.Append(format[index]);
                continue;
            }

            var verb = GoVerb.Read(format, ref index);
            if (verb.Letter == '%')
            {
                output.Append('%');
            }
            else
            {
                output.Append(next < arguments.Count ? verb.Format(arguments[next++]) : $"%!{verb.Letter}(MISSING)");
            }
        }

        return next < arguments.Count ? output.Append("%!(EXTRA ").AppendJoin(", ", arguments.Skip(next).Select(Text)).Append(')').ToString() : output.ToString();
    }

    private static StringBuilder AppendMap(StringBuilder output, IEnumerable<KeyValuePair<string, object?>> map) =>
        output.Append("map[").AppendJoin(' ', map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}:{Text(entry.Value)}")).Append(']');

    // The shortest digits, without point and trailing zeros, and where the point stands in them.
    private static string Digits(double number, out int point)
    {
        var text = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var exponent = 0;
        if (text.IndexOf('E', StringComparison.Ordinal) is var mark && mark >= 0)
        {
            exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..mark];
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        point = (dot < 0 ? text.Length : dot) + exponent;
        var digits = text.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        if (leading == digits.Length)
        {
            point = 1;
            return "0";
        }

        point -= leading;
        return digits.Trim('0');
    }

    private static string Plain(string digits, int point)
    {
        if (point <= 0)
        {
            return "0." + new string('0', -point) + digits;
        }

        return point >= digits.Length ? digits.PadRight(point, '0') : digits[..point] + "." + digits[point..];
    }
}
