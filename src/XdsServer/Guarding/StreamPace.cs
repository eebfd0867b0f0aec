namespace Knative.Xds.XdsServer.Guarding;

/// <summary>When a new stream may come in: so many at once, so many per second in the long run; the others wait for their turn, if it comes soon enough.</summary>
/// <remarks>Threading: safe. A thousand gateways that come back at once, each with all that it holds, leave time for those that are connected.</remarks>
/// <param name="perSecond">Streams at once, and per second in the long run; 0 means no limit.</param>
/// <param name="longestWait">Whoever would wait longer is sent away.</param>
/// <param name="time">The clock.</param>
internal sealed class StreamPace(int perSecond, TimeSpan longestWait, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly TimeSpan _interval = perSecond > 0 ? TimeSpan.FromSeconds(1) / perSecond : TimeSpan.Zero;
    private TimeSpan _next = TimeSpan.MinValue;

    /// <summary>Takes a turn; returns how long it is until then, or null when that is too long.</summary>
    public TimeSpan? TakeTurn()
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            var earliest = now - (_interval * Math.Max(0, perSecond - 1));
            var turn = _next > earliest ? _next : earliest;
            if (turn - now > longestWait)
            {
                return null;
            }

            _next = turn + _interval;
            return turn > now ? turn - now : TimeSpan.Zero;
        }
    }
}
