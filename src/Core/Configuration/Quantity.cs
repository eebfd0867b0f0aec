using System.Globalization;
using System.Numerics;

namespace Knative.Xds.Core.Configuration;

/// <summary>An amount of CPU, memory or storage as Kubernetes writes it: exact, and printed in the form that it was given in.</summary>
/// <remarks>Source: k8s.io/apimachinery pkg/api/resource/quantity.go.</remarks>
public readonly record struct Quantity
{
    internal const int Nano = -9;
    private const int Milli = -3;
    private readonly BigInteger _unscaled;
    private readonly int _scale;
    private readonly QuantityFormat _format;
    private readonly string? _text;

    /// <param name="unscaled">The number without its power of ten.</param>
    /// <param name="scale">The power of ten.</param>
    /// <param name="format">How it is printed.</param>
    /// <param name="text">The text it was read from, where that is to be kept.</param>
    internal Quantity(BigInteger unscaled, int scale, QuantityFormat format, string? text = null)
    {
        (_unscaled, _scale, _format) = (unscaled, scale, format);
        _text = text ?? Print();
    }

    /// <value>Whether this is nothing at all.</value>
    public bool IsZero => _unscaled.IsZero;

    /// <value>The amount in whole units, parts rounded away from zero, bounded by 64 bits.</value>
    public long Value => Scaled(0);

    /// <value>The amount in thousandths, smaller parts rounded away from zero, bounded by 64 bits.</value>
    public long MilliValue => Scaled(Milli);

    /// <summary>Reads a quantity such as <c>100m</c>, <c>1.5Gi</c> or <c>1e3</c>.</summary>
    public static bool TryParse(string text, out Quantity value) => QuantityParser.TryParse(text, out value);

    /// <summary>Reads a quantity that is known to be good.</summary>
    /// <remarks>Errors: <see cref="FormatException"/>.</remarks>
    public static Quantity Parse(string text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"\"{text}\" is not a quantity");

    /// <summary>An amount of thousandths that prefers binary suffixes, as computed amounts do.</summary>
    public static Quantity FromMilli(long thousandths) => new(thousandths, Milli, QuantityFormat.Binary);

    /// <summary>Negative, zero or positive as this amount is less than, equal to or more than the other.</summary>
    public int Compare(Quantity other)
    {
        var scale = Math.Min(_scale, other._scale);
        return AtScale(scale).CompareTo(other.AtScale(scale));
    }

    /// <summary>Kubernetes' text of the amount.</summary>
    public override string ToString() => _text ?? "0";

    private BigInteger AtScale(int scale) => _unscaled * BigInteger.Pow(10, _scale - scale);

    private long Scaled(int scale)
    {
        var value = _scale >= scale ? AtScale(scale) : DivideAwayFromZero(_unscaled, BigInteger.Pow(10, scale - _scale));
        return (long)BigInteger.Max(long.MinValue, BigInteger.Min(long.MaxValue, value));
    }

    internal static BigInteger DivideAwayFromZero(BigInteger dividend, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var remainder);
        return remainder.IsZero ? quotient : quotient + dividend.Sign;
    }

    private string Print()
    {
        if (_unscaled.IsZero)
        {
            return "0";
        }

        return _format == QuantityFormat.Binary && IsWhole() && BigInteger.Abs(Whole()) >= 1024 ? PrintBinary() : PrintDecimal();
    }

    private bool IsWhole() => _scale >= 0 || (_unscaled % BigInteger.Pow(10, -_scale)).IsZero;

    private BigInteger Whole() => _scale >= 0 ? AtScale(0) : _unscaled / BigInteger.Pow(10, -_scale);

    private string PrintBinary()
    {
        var amount = Whole();
        var factors = 0;
        for (; factors < QuantityParser.BinarySuffixes.Length - 1 && (amount % 1024).IsZero; factors++)
        {
            amount /= 1024;
        }

        return amount.ToString(CultureInfo.InvariantCulture) + QuantityParser.BinarySuffixes[factors];
    }

    private string PrintDecimal()
    {
        var (amount, exponent) = (_unscaled, _scale);
        for (; (amount % 10).IsZero; exponent++)
        {
            amount /= 10;
        }

        for (; exponent % 3 != 0; exponent--)
        {
            amount *= 10;
        }

        var suffix = _format == QuantityFormat.DecimalExponent ? null : QuantityParser.DecimalSuffix(exponent);
        return amount.ToString(CultureInfo.InvariantCulture) + (suffix ?? (exponent == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"e{exponent}")));
    }
}
