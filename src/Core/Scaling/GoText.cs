using System.Globalization;
using System.Text.RegularExpressions;

namespace Knative.Xds.Core.Scaling;

/// <summary>Numbers and durations as Go's standard library reads them: ConfigMaps and annotations are written for it.</summary>
/// <remarks>Source: Go strconv and time. No reader trims.</remarks>
public static partial class GoText
{
    private const string Digits = "[0-9](?:_?[0-9])*";
    private const string HexDigits = "[0-9a-fA-F](?:_?[0-9a-fA-F])*";

    /// <summary>Reads a bool: 1, t, T, TRUE, true, True and their counterparts.</summary>
    public static bool TryBool(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return value || text is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }

    /// <summary>Reads a decimal 32-bit integer with an optional sign.</summary>
    public static bool TryInt32(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads a decimal 64-bit integer with an optional sign.</summary>
    public static bool TryInt64(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads a float: decimal, hexadecimal with exponent, infinities, NaN; underscores between digits.</summary>
    public static bool TryFloat(string text, out double value)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Decimal().IsMatch(text))
        {
            var plain = text.Replace("_", "", StringComparison.Ordinal);
            return double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        }

        if (Hexadecimal().Match(text) is { Success: true } hex)
        {
            value = FromHexadecimal(hex);
            return double.IsFinite(value);
        }

        value = text.ToUpperInvariant() switch
        {
            "INF" or "+INF" or "INFINITY" or "+INFINITY" => double.PositiveInfinity,
            "-INF" or "-INFINITY" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return double.IsInfinity(value) || text.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a duration such as <c>1m30s</c>, <c>1.5h</c>, <c>300ms</c> or <c>0</c>.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = TimeSpan.Zero;
        if (text is "0" or "+0" or "-0")
        {
            return true;
        }

        if (Duration().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var nanoseconds = 0m;
        for (var i = 0; i < match.Groups["unit"].Captures.Count; i++)
        {
            var number = match.Groups["number"].Captures[i].Value;
            if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || amount > long.MaxValue)
            {
                return false;
            }

            nanoseconds += decimal.Truncate(amount * UnitNanoseconds(match.Groups["unit"].Captures[i].Value));
        }

        if (nanoseconds > long.MaxValue)
        {
            return false;
        }

        // A positive duration stays positive in our coarser unit.
        var ticks = (long)(nanoseconds / TimeSpan.NanosecondsPerTick);
        ticks = ticks == 0 && nanoseconds > 0 ? 1 : ticks;
        value = TimeSpan.FromTicks(text[0] == '-' ? -ticks : ticks);
        return true;
    }

    private static long UnitNanoseconds(string unit) => unit switch
    {
        "ns" => 1,
        "us" or "\u00b5s" or "\u03bcs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        _ => 3_600_000_000_000,
    };

    private static double FromHexadecimal(Match match)
    {
        var (whole, fraction) = (match.Groups["whole"].Value.Replace("_", "", StringComparison.Ordinal), match.Groups["fraction"].Value.Replace("_", "", StringComparison.Ordinal));
        var mantissa = 0.0;
        foreach (var digit in whole + fraction)
        {
            mantissa = (mantissa * 16) + Convert.ToInt32(digit.ToString(), 16);
        }

        var exponent = double.Parse(match.Groups["exponent"].Value.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var value = mantissa * Math.Pow(2, exponent - (4 * fraction.Length));
        return match.Groups["sign"].Value == "-" ? -value : value;
    }

    [GeneratedRegex($@"\A[+-]?(?:{Digits}\.?(?:{Digits})?|\.{Digits})(?:[eE][+-]?{Digits})?\z")]
    private static partial Regex Decimal();

    [GeneratedRegex($@"\A(?<sign>[+-]?)0[xX]_?(?<whole>(?:{HexDigits})?)(?:\.(?<fraction>(?:{HexDigits})?))?(?<=[0-9a-fA-F]\.?)[pP](?<exponent>[+-]?{Digits})\z")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"\A[+-]?(?:(?<number>[0-9]+\.?[0-9]*|\.[0-9]+)(?<unit>ns|us|\u00b5s|\u03bcs|ms|s|m|h))+\z")]
    private static partial Regex Duration();
}
