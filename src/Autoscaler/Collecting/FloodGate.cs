namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Bounds what one connection may push in a second. Who pushes more is not read until the second is over, and so is held back by TCP.</summary>
/// <remarks>Threading: one owner.</remarks>
internal sealed class FloodGate(TimeProvider time)
{
    /// <value>Stats in a second: many times what an activator of ten thousand revisions sends.</value>
    public const int MostPerSecond = 200_000;
    /// <value>Frames in a second, as each costs something whatever is in it.</value>
    public const int MostFramesPerSecond = 20_000;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private long _began = time.GetTimestamp();
    private int _stats;
    private int _frames;

    /// <summary>Counts a frame; the answer is how long to wait before the next.</summary>
    public TimeSpan Count(int stats)
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
