namespace Knative.Xds.Sandbox.Pods;

/// <summary>When a container that ended may start again: at once the first time, then after 10 s, doubling to 5 min; forgotten after 10 min without a restart.</summary>
/// <remarks>Source: kubernetes pkg/kubelet (MaxContainerBackOff, backOffPeriod) and client-go util/flowcontrol/backoff.go.</remarks>
internal readonly record struct RestartBackoff(TimeSpan Delay, DateTimeOffset LastRestart)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>State before the restart that follows an end at <paramref name="now"/>; <see cref="Delay"/> is how long that restart waits.</summary>
    public static RestartBackoff Next(RestartBackoff? last, DateTimeOffset now)
    {
        if (last is not { } known || now - known.LastRestart > 2 * Longest)
        {
            return new RestartBackoff(TimeSpan.Zero, now);
        }

        var delay = known.Delay == TimeSpan.Zero ? First : known.Delay * 2;
        return new RestartBackoff(delay > Longest ? Longest : delay, now + (delay > Longest ? Longest : delay));
    }
}
