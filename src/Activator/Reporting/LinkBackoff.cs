namespace Knative.Xds.Activation.Reporting;

/// <summary>Pauses between attempts to reach the autoscaler.</summary>
/// <remarks>Source: knative/pkg websocket/connection.go.</remarks>
internal static class LinkBackoff
{
    private const double Factor = 1.3;
    private const double Jitter = 0.5;
    private const int MaxSteps = 20;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    // The last steps of upstream's series would take 15 s; a cold start does not have that time.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <summary>Pause after the given number of failures in a row.</summary>
    /// <param name="failures">At least 1.</param>
    /// <param name="random">From 0 to below 1.</param>
    public static TimeSpan Pause(int failures, double random)
    {
        var pause = First * Math.Pow(Factor, Math.Min(failures - 1, MaxSteps)) * (1 + random * Jitter);
        return pause < Longest ? pause : Longest;
    }
}
