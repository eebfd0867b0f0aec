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
    /// <value>Bytes of frames that are under way, over all connections: some of the largest frames at a time.</value>
    public const int MostBytes = 4 * StatConnection.MaxFrameBytes;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private long _began = time.GetTimestamp();
    private int _stats;
    private int _frames;
    private int _bytes;

    /// <summary>How long to wait before the next frame is looked at.</summary>
    public TimeSpan Pause()
    {
        lock (_lock)
        {
            var elapsed = time.GetElapsedTime(_began);
            if (elapsed >= Second)
            {
                (_began, _stats, _frames, elapsed) = (time.GetTimestamp(), 0, 0, TimeSpan.Zero);
            }

            return _stats >= MostPerSecond || _frames >= MostFramesPerSecond ? Second - elapsed : TimeSpan.Zero;
        }
    }

    /// <summary>Counts a frame that was taken.</summary>
    public void Count(int stats)
    {
        lock (_lock)
        {
            (_stats, _frames) = (_stats + stats, _frames + 1);
        }
    }

    /// <summary>Makes room for more of a frame; false when the source has too much under way already. What was given must be given back.</summary>
    public bool TryHold(int bytes)
    {
        lock (_lock)
        {
            var fits = _bytes + bytes <= MostBytes;
            _bytes += fits ? bytes : 0;
            return fits;
        }
    }

    public void GiveBack(int bytes)
    {
        lock (_lock)
        {
            _bytes -= bytes;
        }
    }
}
