namespace Knative.Xds.Exchanges;

/// <summary>Limits on the time of one request; zero means no limit.</summary>
/// <param name="Overall">From arrival to the end of the response.</param>
/// <param name="ResponseStart">From arrival to the first header or byte of the response.</param>
/// <param name="Idle">From arrival or the last byte of the response to the next.</param>
/// <remarks>Source: knative/serving pkg/http/handler/timeout.go.</remarks>
internal readonly record struct TimeLimits(TimeSpan Overall, TimeSpan ResponseStart, TimeSpan Idle)
{
    // A timer takes no longer one.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>Time until a limit is reached if nothing else happens; zero when one is, infinite when none can be.</summary>
    /// <param name="elapsed">Since the arrival.</param>
    /// <param name="sinceWrite">Since the response's last byte; null before its start.</param>
    public TimeSpan Left(TimeSpan elapsed, TimeSpan? sinceWrite)
    {
        var left = TimeSpan.MaxValue;
        if (Overall > TimeSpan.Zero)
        {
            left = Overall - elapsed;
        }

        if (ResponseStart > TimeSpan.Zero && sinceWrite is null)
        {
            left = Least(left, ResponseStart - elapsed);
        }

        if (Idle > TimeSpan.Zero)
        {
            left = Least(left, Idle - (sinceWrite ?? elapsed));
        }

        return left == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : left < TimeSpan.Zero ? TimeSpan.Zero : Least(left, Longest);
    }

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
