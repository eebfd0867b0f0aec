namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Bounds what one source may push in a second, over however many connections. Who pushes more is not read until the second is over, and so is held back by TCP.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class FloodGate(TimeProvider time)
{
    /// <value>Stats in a second: many times what an activator of ten thousand revisions sends.</value>
    public const int MostPerSecond = 200_000;
    /// <value>Frames in a second, as each costs something whatever is in it.</value>
    public const int MostFramesPerSecond = 20_000;
    /// <value>Connections at a time: an activator needs one, a replica one for each bucket.</value>
    public const int MostConnections = 64;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private long _began = time.GetTimestamp();
    private int _stats;
    private int _frames;

    /// <summary>Counts a frame; the answer is how long to wait before the next.</summary>
    public TimeSpan Count(int stats)
    {
        lock (_lock)
        {
            var elapsed = time.GetElapsedTime(_began);
            if (elapsed >= Second)
            {
                (_began, _stats, _frames, elapsed) = (time.GetTimestamp(), 0, 0, TimeSpan.Zero);
            }

            (_stats, _frames) = (_stats + stats, _frames + 1);
            return _stats > MostPerSecond || _frames > MostFramesPerSecond ? Second - elapsed : TimeSpan.Zero;
        }
    }
}
