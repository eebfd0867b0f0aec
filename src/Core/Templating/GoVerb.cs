using System.Globalization;
using System.Text;

namespace Knative.Xds.Core.Templating;

/// <summary>One place of a format.</summary>
/// <remarks>Source: Go fmt.</remarks>
internal readonly record struct GoVerb(char Letter, string Flags, int Width, int? Precision)
{
    private const int Widest = 10_000;

    /// <summary>Reads from the percent sign on; leaves <paramref name="index"/> at the letter.</summary>
    public static GoVerb Read(string format, ref int index)
    {
        var start = ++index;
        while (index < format.Length && format[index] is '-' or '+' or '0' or ' ' or '#')
        {
            index++;
        }

        var flags = format[start..index];
        var width = Number(format, ref index) ?? 0;
        int? precision = null;
        if (index < format.Length && format[index] == '.')
        {
            index++;
            precision = Number(format, ref index) ?? 0;
        }

        return new GoVerb(index < format.Length ? format[index] : '!', flags, width, precision);
    }

    public string Format(object? value)
    {
        var text = (Letter, value) switch
        {
            ('v', _) => GoFormat.Text(value),
            ('s', string whole) => Precision is { } most && most < whole.Length ? whole[..most] : whole,
            ('s', not (long or double or bool)) => GoFormat.Text(value),
            ('q', string quoted) => Quote(quoted),
            ('d', long number) => Sign(number >= 0) + number.ToString(CultureInfo.InvariantCulture),
            ('x', long number) => number.ToString("x", CultureInfo.InvariantCulture),
            ('X', long number) => number.ToString("X", CultureInfo.InvariantCulture),
            ('x', string bytes) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(bytes)),
            ('X', string bytes) => Convert.ToHexString(Encoding.UTF8.GetBytes(bytes)),
            ('c', long letter) when Rune.IsValid((int)letter) => new Rune((int)letter).ToString(),
            ('t', bool flag) => flag ? "true" : "false",
            ('f' or 'F', double number) => Sign(number >= 0) + number.ToString($"F{Precision ?? 6}", CultureInfo.InvariantCulture),
            ('e', double number) => Sign(number >= 0) + Exponent(number),
            ('g', double number) => Sign(number >= 0) + (Precision is null ? GoFormat.Float(number) : number.ToString($"G{Math.Max(1, Precision.Value)}", CultureInfo.InvariantCulture)),
            _ => $"%!{Letter}({GoFormat.Text(value)})",
        };
        return Pad(text, value is long or double);
    }

    private static int? Number(string format, ref int index)
    {
        var start = index;
        while (index < format.Length && char.IsAsciiDigit(format[index]))
        {
            index++;
        }

        return index == start ? null : int.TryParse(format.AsSpan(start, index - start), CultureInfo.InvariantCulture, out var number) ? Math.Min(number, Widest) : Widest;
    }

    private string Sign(bool isPositive) => isPositive && Flags.Contains('+', StringComparison.Ordinal) ? "+" : "";

    private string Exponent(double number)
    {
        var text = number.ToString($"e{Precision ?? 6}", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('e', StringComparison.Ordinal);
        var power = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text[..mark]}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}");
    }

    private string Pad(string text, bool isNumber)
    {
        if (Flags.Contains('-', StringComparison.Ordinal))
        {
            return text.PadRight(Width);
        }

        if (!isNumber || !Flags.Contains('0', StringComparison.Ordinal))
        {
            return text.PadLeft(Width);
        }

        var sign = text.Length > 0 && text[0] is '-' or '+' ? text[..1] : "";
        return sign + text[sign.Length..].PadLeft(Width - sign.Length, '0');
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }
}
