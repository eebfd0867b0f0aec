namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>How late the last ticks were done.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class TickHistory
{
    private const int Capacity = 512;
    private readonly Lock _lock = new();
    private readonly double[] _latenessMs = new double[Capacity];
    private long _count;

    public void Add(TimeSpan lateness)
    {
        lock (_lock)
        {
            _latenessMs[_count++ % Capacity] = lateness.TotalMilliseconds;
        }
    }

    /// <summary>Ticks since the start, and the lateness of the last of them, the oldest first.</summary>
    public (long Count, double[] LatenessMs) Read()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_count, Capacity);
            var lateness = new double[kept];
            for (var i = 0; i < kept; i++)
            {
                lateness[i] = _latenessMs[(_count - kept + i) % Capacity];
            }

            return (_count, lateness);
        }
    }
}
