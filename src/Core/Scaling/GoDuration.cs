using System.Globalization;

namespace Knative.Xds.Core.Scaling;

/// <summary>A span of time as Go counts it: whole nanoseconds in 64 bits. Settings are written in Go's syntax, and their rules hold to the nanosecond.</summary>
/// <param name="Nanoseconds">May be negative.</param>
/// <remarks>Source: Go time.Duration.</remarks>
public readonly record struct GoDuration(long Nanoseconds) : IComparable<GoDuration>
{
    private const long PerMicrosecond = 1_000;
    private const long PerMillisecond = 1_000_000;
    private const long PerSecond = 1_000_000_000;

    /// <value>No time at all.</value>
    public static readonly GoDuration Zero;

    /// <summary>A number of whole seconds.</summary>
    public static GoDuration FromSeconds(long seconds) => new(seconds * PerSecond);

    /// <summary>The same span; one beyond Go's range of 292 years is cut to it.</summary>
    public static GoDuration FromTimeSpan(TimeSpan span) => new(span.Ticks switch
    {
        > long.MaxValue / TimeSpan.NanosecondsPerTick => long.MaxValue,
        < long.MinValue / TimeSpan.NanosecondsPerTick => long.MinValue,
        var ticks => ticks * TimeSpan.NanosecondsPerTick,
    });

    /// <summary>The same span, exactly.</summary>
    public static implicit operator GoDuration(TimeSpan span) => FromTimeSpan(span);

    /// <summary>Sum.</summary>
    public static GoDuration operator +(GoDuration left, GoDuration right) => left.Add(right);

    /// <summary>Difference.</summary>
    public static GoDuration operator -(GoDuration left, GoDuration right) => left.Subtract(right);

    /// <summary>Whether the left one is shorter.</summary>
    public static bool operator <(GoDuration left, GoDuration right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>Whether the left one is longer.</summary>
    public static bool operator >(GoDuration left, GoDuration right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>Whether the left one is no longer.</summary>
    public static bool operator <=(GoDuration left, GoDuration right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>Whether the left one is no shorter.</summary>
    public static bool operator >=(GoDuration left, GoDuration right) => left.Nanoseconds >= right.Nanoseconds;

    /// <value>Whether nothing below a second is in it.</value>
    public bool IsWholeSeconds => Nanoseconds % PerSecond == 0;

    /// <value>Seconds, in Go's two terms: one division by 1e9 would differ in the last bits.</value>
    public double Seconds => (Nanoseconds / PerSecond) + (Nanoseconds % PerSecond / 1e9);

    /// <summary>Sum; wraps beyond the range, as in Go.</summary>
    public GoDuration Add(GoDuration other) => new(unchecked(Nanoseconds + other.Nanoseconds));

    /// <summary>Difference; wraps beyond the range, as in Go.</summary>
    public GoDuration Subtract(GoDuration other) => new(unchecked(Nanoseconds - other.Nanoseconds));

    /// <summary>The same span in .NET's coarser unit of 100 ns, rounded up: waiting for it is never too short.</summary>
    public TimeSpan ToTimeSpan()
    {
        var (ticks, rest) = Math.DivRem(Nanoseconds, TimeSpan.NanosecondsPerTick);
        return TimeSpan.FromTicks(rest > 0 ? ticks + 1 : ticks);
    }

    /// <inheritdoc/>
    public int CompareTo(GoDuration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Go's text, such as <c>1h0m0s</c> or <c>1.5ms</c>.</summary>
    public override string ToString()
    {
        var sign = Nanoseconds < 0 ? "-" : "";
        var size = (decimal)Int128.Abs(Nanoseconds);
        return size switch
        {
            0 => "0s",
            < PerMicrosecond => $"{sign}{Number(size)}ns",
            < PerMillisecond => $"{sign}{Number(size / PerMicrosecond)}µs",
            < PerSecond => $"{sign}{Number(size / PerMillisecond)}ms",
            _ => sign + LongText(size / PerSecond),
        };
    }

    private static string LongText(decimal seconds)
    {
        var minutes = decimal.Truncate(seconds / 60);
        var hours = decimal.Truncate(minutes / 60);
        var text = $"{Number(seconds - (minutes * 60))}s";
        text = minutes > 0 ? $"{Number(minutes - (hours * 60))}m{text}" : text;
        return hours > 0 ? $"{Number(hours)}h{text}" : text;
    }

    private static string Number(decimal value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
