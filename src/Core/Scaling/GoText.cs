namespace Knative.Xds.Core.Scaling;

/// <summary>Numbers and durations as Go's standard library reads them: ConfigMaps and annotations are written for it.</summary>
/// <remarks>Source: Go strconv and time. No reader trims.</remarks>
public static class GoText
{
    /// <summary>Reads a bool: 1, t, T, TRUE, true, True and their counterparts.</summary>
    public static bool TryBool(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return value || text is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }

    /// <summary>Reads a decimal 32-bit integer with an optional sign.</summary>
    public static bool TryInt32(string text, out int value)
    {
        var good = ReadInteger(text, int.MinValue, int.MaxValue, out var wide) == GoNumberError.None;
        value = (int)wide;
        return good;
    }

    /// <summary>Reads a decimal 64-bit integer with an optional sign.</summary>
    public static bool TryInt64(string text, out long value) => ReadInteger(text, long.MinValue, long.MaxValue, out value) == GoNumberError.None;

    /// <summary>Reads a 64-bit integer as it may be written in a Go program: decimal, <c>0x50</c>, <c>0b1</c>, <c>0o17</c> or <c>017</c>, with underscores between digits.</summary>
    public static bool TryLiteral(string text, out long value)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = 0;
        var isNegative = text is ['-', ..];
        var digits = text.AsSpan(text is ['+' or '-', ..] ? 1 : 0);
        var (start, numberBase) = digits switch
        {
            ['0', 'x' or 'X', ..] => (2, 16),
            ['0', 'b' or 'B', ..] => (2, 2),
            ['0', 'o' or 'O', ..] => (2, 8),
            ['0', _, ..] => (1, 8),
            _ => (0, 10),
        };
        // An underscore stands between digits, or after what says the base.
        var afterDigit = start > 0;
        Int128 sum = 0;
        var most = isNegative ? -(Int128)long.MinValue : long.MaxValue;
        var hasDigit = false;
        foreach (var letter in digits[start..])
        {
            if (letter == '_' && afterDigit)
            {
                afterDigit = false;
                continue;
            }

            var digit = char.IsAsciiHexDigit(letter) ? Convert.ToInt32(letter.ToString(), 16) : numberBase;
            if (digit >= numberBase || (sum = sum * numberBase + digit) > most)
            {
                return false;
            }

            (hasDigit, afterDigit) = (true, true);
        }

        value = (long)(isNegative ? -sum : sum);
        return hasDigit && afterDigit;
    }

    /// <summary>Reads a decimal 32-bit integer without a sign.</summary>
    public static bool TryUInt32(string text, out uint value)
    {
        var good = ReadInteger(text, 0, uint.MaxValue, out var wide) == GoNumberError.None && text[0] is not ('+' or '-');
        value = (uint)wide;
        return good;
    }

    /// <summary>Reads a float: decimal, hexadecimal with exponent, infinities, NaN; underscores between digits.</summary>
    public static bool TryFloat(string text, out double value) => GoFloat.TryRead(text, out value);

    /// <summary>Reads a duration such as <c>1m30s</c>, <c>1.5h</c>, <c>300ms</c> or <c>0</c>, rounded up to our unit of 100 ns.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        var good = TryGoDuration(text, out var exact);
        value = exact.ToTimeSpan();
        return good;
    }

    /// <summary>Reads a duration such as <c>1m30s</c>, <c>1.5h</c>, <c>300ms</c> or <c>0</c>, to the nanosecond.</summary>
    public static bool TryGoDuration(string text, out GoDuration value)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new GoDurationReader(text).TryRead(out value);
    }

    /// <summary>Reads a decimal integer with an optional sign, and tells a text that is no number from one that is out of range.</summary>
    internal static GoNumberError ReadInteger(string text, long least, long most, out long value)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = 0;
        var digits = text.AsSpan(text is ['+' or '-', ..] ? 1 : 0);
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return GoNumberError.Syntax;
        }

        // Never grows beyond what is out of range anyway.
        var size = (Int128)0;
        foreach (var digit in digits)
        {
            size = Int128.Min((size * 10) + (digit - '0'), (Int128)long.MaxValue + 2);
        }

        size = text[0] == '-' ? -size : size;
        var inside = size >= least && size <= most;
        value = inside ? (long)size : 0;
        return inside ? GoNumberError.None : GoNumberError.Range;
    }
}
