using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Knative.Xds.Core.Configuration;

/// <summary>Reads the text of a <see cref="Quantity"/>.</summary>
/// <remarks>
/// Powers of ten beyond <see cref="LargestExponent"/> are refused; upstream computes with them.
/// Source: k8s.io/apimachinery pkg/api/resource/quantity.go and suffix.go.
/// </remarks>
internal static partial class QuantityParser
{
    /// <summary>Suffixes of powers of 1024.</summary>
    public static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    private const int LargestExponent = 1000;
    private const int MostExactDigits = 18;
    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

    /// <summary>The suffix of a power of ten that is a multiple of three; null when there is none.</summary>
    public static string? DecimalSuffix(int exponent) =>
        exponent / 3 + 3 is var index && index >= 0 && index < DecimalSuffixes.Length ? DecimalSuffixes[index] : null;

    public static bool TryParse(string text, out Quantity value)
    {
        value = default;
        if (text.Length == 0 || Pattern().Match(text) is not { Success: true } match || !TrySuffix(match.Groups["suffix"].Value, out var format, out var exponent))
        {
            return false;
        }

        // Digits may be missing altogether: "m" is zero.
        var (whole, fraction) = (match.Groups["whole"].Value.TrimStart('0'), match.Groups["fraction"].Value);
        whole = whole.Length == 0 ? "0" : whole;
        value = Create(text, match.Groups["sign"].Value == "-", (whole, fraction), (format, exponent));
        return true;
    }

    private static Quantity Create(string text, bool isNegative, (string Whole, string Fraction) digits, (QuantityFormat Format, int Exponent) suffix)
    {
        var (format, exponent) = suffix;
        var isBinary = format == QuantityFormat.Binary;
        var amount = BigInteger.Parse(digits.Whole + digits.Fraction, CultureInfo.InvariantCulture) * (isBinary ? BigInteger.One << exponent : BigInteger.One);
        var scale = (isBinary ? 0 : exponent) - digits.Fraction.Length;
        if (scale < Quantity.Nano)
        {
            // Whoever asks for something gets something.
            amount = Quantity.DivideAwayFromZero(amount, BigInteger.Pow(10, Quantity.Nano - scale));
            scale = Quantity.Nano;
        }
        else if (KeepsText(digits.Whole + digits.Fraction, scale, suffix) && (!isBinary || digits.Fraction.Length == 0))
        {
            return new Quantity(isNegative ? -amount : amount, scale, format, text);
        }

        if (isBinary)
        {
            amount = BigInteger.Min(amount, long.MaxValue * BigInteger.Pow(10, -scale));
            format = amount < BigInteger.Pow(10, -scale) ? QuantityFormat.Decimal : format;
        }

        return new Quantity(isNegative ? -amount : amount, scale, format);
    }

    // Upstream keeps the text of what is nearly in canonical form already.
    private static bool KeepsText(string digits, int scale, (QuantityFormat Format, int Exponent) suffix) =>
        suffix.Format == QuantityFormat.Binary
            ? digits.Length <= 14 - (suffix.Exponent * 3 / 10) && long.Parse(digits, CultureInfo.InvariantCulture) % 8 != 0
            : digits.Length <= MostExactDigits && scale % 3 == 0 && digits[0] != '0' && !digits.EndsWith("000", StringComparison.Ordinal);

    private static bool TrySuffix(string suffix, out QuantityFormat format, out int exponent)
    {
        (format, exponent) = (QuantityFormat.Decimal, 0);
        if (Array.IndexOf(DecimalSuffixes, suffix) is var power && power >= 0)
        {
            exponent = (power - 3) * 3;
            return true;
        }

        if (Array.IndexOf(BinarySuffixes, suffix) is var factors && factors > 0)
        {
            (format, exponent) = (QuantityFormat.Binary, factors * 10);
            return true;
        }

        format = QuantityFormat.DecimalExponent;
        return suffix.Length > 1 && suffix[0] is 'e' or 'E'
            && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            && Math.Abs((long)exponent) <= LargestExponent;
    }

    [GeneratedRegex(@"\A(?<sign>[+-]?)(?<whole>[0-9]*)\.?(?<fraction>(?<=\.)[0-9]*|)(?<suffix>[eEinumkKMGTP]*[-+]?[0-9]*)\z")]
    private static partial Regex Pattern();
}
