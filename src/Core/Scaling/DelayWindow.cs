namespace Knative.Xds.Core.Scaling;

/// <summary>Largest value of a sliding window: a scale-down takes effect only once the whole window agrees.</summary>
/// <remarks>Threading: one owner. A flat ring that grows to what the window needs; recording allocates nothing after that. Source: knative/serving pkg/autoscaler/aggregation/max.</remarks>
public sealed class DelayWindow
{
    private const int FirstSize = 4;
    private readonly long _slots;
    private readonly long _granularitySeconds;
    // Falling values, oldest first: an entry that a later one reaches can never be the largest again.
    private (long Index, int Value)[] _maxima = new (long, int)[FirstSize];
    private int _start;
    private int _count;

    /// <summary>Makes an empty window.</summary>
    public DelayWindow(GoDuration duration, GoDuration granularity)
    {
        _slots = (long)Math.Ceiling((double)duration.Nanoseconds / granularity.Nanoseconds);
        _granularitySeconds = (long)granularity.Seconds;
    }

    /// <summary>The largest value within the window; 0 when nothing was recorded.</summary>
    public int Current => _count == 0 ? 0 : Entry(0).Value;

    /// <summary>Adds a value, and drops those that left the window.</summary>
    public void Record(DateTimeOffset now, int value)
    {
        var index = now.ToUnixTimeSeconds() / _granularitySeconds;
        if (_count > 0 && Entry(_count - 1) is var newest && newest.Index == index && newest.Value >= value)
        {
            return;
        }

        while (_count > 0 && index - Entry(0).Index >= _slots)
        {
            _start = (_start + 1) % _maxima.Length;
            _count--;
        }

        while (_count > 0 && Entry(_count - 1).Value <= value)
        {
            _count--;
        }

        Append(index, value);
    }

    /// <summary>Makes every value as much earlier, as the clock that it was recorded by was set back.</summary>
    public void ShiftBack(TimeSpan step)
    {
        var slots = (long)step.TotalSeconds / _granularitySeconds;
        for (var i = 0; i < _count; i++)
        {
            Entry(i).Index -= slots;
        }
    }

    private ref (long Index, int Value) Entry(int age) => ref _maxima[(_start + age) % _maxima.Length];

    private void Append(long index, int value)
    {
        if (_count == _maxima.Length)
        {
            var larger = new (long, int)[_count * 2];
            for (var i = 0; i < _count; i++)
            {
                larger[i] = Entry(i);
            }

            (_maxima, _start) = (larger, 0);
        }

        _count++;
        Entry(_count - 1) = (index, value);
    }
}
