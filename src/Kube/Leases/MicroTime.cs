namespace Knative.Xds.Kube.Leases;

/// <summary>Times of the type MicroTime.</summary>
public static class MicroTime
{
    /// <summary>Whole microseconds, but never a whole second: the package writes that without a fraction, which the API refuses for this type.</summary>
    public static DateTime Of(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond);
        return new DateTime(ticks % TimeSpan.TicksPerSecond == 0 ? ticks + TimeSpan.TicksPerMicrosecond : ticks, DateTimeKind.Utc);
    }

    /// <summary>The same for a time that was read from the API.</summary>
    public static DateTime? Of(DateTime? time) => time is { } value ? Of(new DateTimeOffset(DateTime.SpecifyKind(value, DateTimeKind.Utc))) : null;
}
