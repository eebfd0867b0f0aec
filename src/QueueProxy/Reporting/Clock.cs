namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Instants in the unit that the statistics count in.</summary>
internal static class Clock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds of the monotonic clock.</summary>
    public static long Nanoseconds(this TimeProvider timeProvider)
    {
        var timestamp = timeProvider.GetTimestamp();
        var frequency = timeProvider.TimestampFrequency;
        return frequency == NanosecondsPerSecond ? timestamp : (long)((Int128)timestamp * NanosecondsPerSecond / frequency);
    }
}
