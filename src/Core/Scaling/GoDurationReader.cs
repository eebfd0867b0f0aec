using System.Buffers;

namespace Knative.Xds.Core.Scaling;

/// <summary>Reads a duration; fractions go through a double, as in Go, so that the last nanosecond is the same.</summary>
/// <remarks>Source: Go time.ParseDuration.</remarks>
internal ref struct GoDurationReader(string text)
{
    private const ulong Most = 1UL << 63;
    private static readonly SearchValues<char> NotOfUnit = SearchValues.Create(".0123456789");

    private ReadOnlySpan<char> _rest = text;

    public bool TryRead(out GoDuration value)
    {
        value = default;
        var negative = _rest is ['-', ..];
        _rest = _rest is ['-' or '+', ..] ? _rest[1..] : _rest;
        if (_rest is "0")
        {
            return true;
        }

        var total = 0UL;
        var good = !_rest.IsEmpty;
        while (good && !_rest.IsEmpty)
        {
            good = TryReadTerm(out var term) && (total += term) <= Most;
        }

        if (!good || (total == Most && !negative))
        {
            return false;
        }

        value = new GoDuration(negative ? unchecked(-(long)total) : (long)total);
        return true;
    }

    private bool TryReadTerm(out ulong nanoseconds)
    {
        nanoseconds = 0;
        var before = _rest.Length;
        if (!TryReadWhole(out var whole))
        {
            return false;
        }

        var digits = before - _rest.Length;
        var (fraction, scale) = (0UL, 1.0);
        if (_rest is ['.', ..])
        {
            _rest = _rest[1..];
            before = _rest.Length;
            (fraction, scale) = ReadFraction();
            digits += before - _rest.Length;
        }

        if (digits == 0 || ReadUnit() is not { } unit || whole > Most / unit)
        {
            return false;
        }

        nanoseconds = (whole * unit) + (fraction > 0 ? (ulong)(fraction * (unit / scale)) : 0);
        return nanoseconds <= Most;
    }

    private bool TryReadWhole(out ulong whole)
    {
        whole = 0;
        while (_rest is [>= '0' and <= '9', ..])
        {
            if (whole > Most / 10)
            {
                return false;
            }

            whole = (whole * 10) + (ulong)(_rest[0] - '0');
            if (whole > Most)
            {
                return false;
            }

            _rest = _rest[1..];
        }

        return true;
    }

    /// <summary>Digits that no longer fit are skipped: they are worth less than a nanosecond.</summary>
    private (ulong Fraction, double Scale) ReadFraction()
    {
        var (fraction, scale, full) = (0UL, 1.0, false);
        for (; _rest is [>= '0' and <= '9', ..]; _rest = _rest[1..])
        {
            full |= fraction > (Most - 1) / 10;
            var next = (fraction * 10) + (ulong)(_rest[0] - '0');
            full |= next > Most;
            (fraction, scale) = full ? (fraction, scale) : (next, scale * 10);
        }

        return (fraction, scale);
    }

    private ulong? ReadUnit()
    {
        var length = _rest.IndexOfAny(NotOfUnit);
        var unit = length < 0 ? _rest : _rest[..length];
        _rest = _rest[unit.Length..];
        return unit switch
        {
            "ns" => 1,
            "us" or "\u00b5s" or "\u03bcs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => null,
        };
    }
}
