namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>Instants as OpenTelemetry counts them.</summary>
internal static class UnixTime
{
    public static ulong Nanoseconds(DateTimeOffset instant) => (ulong)(instant - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
