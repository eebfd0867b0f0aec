using System.Globalization;
using System.Numerics;

namespace Knative.Xds.Core.Scaling;

/// <summary>Reads a double as Go does.</summary>
/// <remarks>Source: Go strconv.ParseFloat. Both round to the nearest, so a decimal text gives the same bits here and there.</remarks>
internal static class GoFloat
{
    private const int MantissaBits = 53;
    private const long LowestPower = -1074;
    private const long HighestPower = 971;

    public static bool TryRead(string text, out double value)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (TrySpecial(text, out value))
        {
            return true;
        }

        var unsigned = text.AsSpan(text is ['+' or '-', ..] ? 1 : 0);
        var isHex = unsigned is ['0', 'x' or 'X', ..];
        if (!HasGoodUnderscores(unsigned, isHex))
        {
            return false;
        }

        var plain = unsigned.ToString().Replace("_", "", StringComparison.Ordinal);
        var good = isHex ? TryHexadecimal(plain[2..], out value) : TryDecimal(plain, out value);
        value = text is ['-', ..] ? -value : value;
        return good && double.IsFinite(value);
    }

    private static bool TrySpecial(string text, out double value)
    {
        var unsigned = text.AsSpan(text is ['+' or '-', ..] ? 1 : 0);
        var infinite = unsigned.Equals("inf", StringComparison.OrdinalIgnoreCase) || unsigned.Equals("infinity", StringComparison.OrdinalIgnoreCase);
        value = !infinite ? double.NaN : text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return infinite || text.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>An underscore stands between two digits; the prefix counts as one.</summary>
    private static bool HasGoodUnderscores(ReadOnlySpan<char> text, bool isHex)
    {
        if (!text.Contains('_'))
        {
            return true;
        }

        var afterDigit = isHex;
        for (var i = isHex ? 2 : 0; i < text.Length; i++)
        {
            var isDigit = isHex ? char.IsAsciiHexDigit(text[i]) : char.IsAsciiDigit(text[i]);
            var afterUnderscore = i > 0 && text[i - 1] == '_';
            if ((text[i] == '_' && !afterDigit) || (afterUnderscore && !isDigit))
            {
                return false;
            }

            afterDigit = isDigit;
        }

        return text[^1] != '_';
    }

    private static bool TryDecimal(string text, out double value)
    {
        value = 0;
        var exponentAt = text.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        return IsMantissa(mantissa, char.IsAsciiDigit)
            && (exponentAt < 0 || IsInteger(text.AsSpan(exponentAt + 1)))
            && double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryHexadecimal(string text, out double value)
    {
        value = 0;
        // The exponent, of two, is not optional.
        var exponentAt = text.IndexOfAny(['p', 'P']);
        if (exponentAt < 0 || !IsMantissa(text[..exponentAt], char.IsAsciiHexDigit) || !IsInteger(text.AsSpan(exponentAt + 1)))
        {
            return false;
        }

        var mantissa = text[..exponentAt];
        var pointAt = mantissa.IndexOf('.', StringComparison.Ordinal);
        var fractionDigits = pointAt < 0 ? 0 : mantissa.Length - pointAt - 1;
        var digits = BigInteger.Parse("0" + mantissa.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        value = Round(digits, Exponent(text.AsSpan(exponentAt + 1)) - (4L * fractionDigits));
        return true;
    }

    private static bool IsMantissa(string text, Func<char, bool> isDigit) =>
        text.Count(character => character == '.') <= 1 && text.Any(isDigit) && text.All(character => character == '.' || isDigit(character));

    private static bool IsInteger(ReadOnlySpan<char> text)
    {
        var digits = text is ['+' or '-', ..] ? text[1..] : text;
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9');
    }

    // Whatever is larger overflows or vanishes all the same.
    private static long Exponent(ReadOnlySpan<char> text)
    {
        var size = 0L;
        foreach (var digit in text.TrimStart("+-"))
        {
            size = Math.Min((size * 10) + (digit - '0'), 10_000_000);
        }

        return text[0] == '-' ? -size : size;
    }

    /// <summary>The double nearest to <paramref name="digits"/> · 2^<paramref name="power"/>, ties to even.</summary>
    private static double Round(BigInteger digits, long power)
    {
        var length = digits.GetBitLength();
        // Bits worth less than this power of two are rounded away: 53 remain, or fewer of a subnormal number.
        var lowest = Math.Max(length + power - MantissaBits, LowestPower);
        var drop = lowest - power;
        if (digits.IsZero || drop > length + 1)
        {
            return 0;
        }

        var kept = drop <= 0 ? digits << (int)-drop : digits >> (int)drop;
        if (drop > 0)
        {
            var rest = digits - (kept << (int)drop);
            var half = BigInteger.One << (int)(drop - 1);
            kept += rest > half || (rest == half && !kept.IsEven) ? 1 : 0;
        }

        return lowest > HighestPower ? double.PositiveInfinity : Math.ScaleB((double)kept, (int)lowest);
    }
}
