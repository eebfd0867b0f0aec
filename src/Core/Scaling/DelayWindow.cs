using System.Collections.Immutable;

namespace Knative.Xds.Core.Scaling;

/// <summary>Largest value of a sliding window: a scale-down takes effect only once the whole window agrees.</summary>
/// <remarks>Immutable. Source: knative/serving pkg/autoscaler/aggregation/max.</remarks>
public sealed class DelayWindow
{
    private readonly long _slots;
    private readonly long _granularitySeconds;
    // Falling values, oldest first: an entry that a later one reaches can never be the largest again.
    private readonly ImmutableArray<(long Index, int Value)> _maxima;

    /// <summary>Makes an empty window.</summary>
    public DelayWindow(GoDuration duration, GoDuration granularity)
        : this((long)Math.Ceiling((double)duration.Nanoseconds / granularity.Nanoseconds), (long)granularity.Seconds, [])
    {
    }

    private DelayWindow(long slots, long granularitySeconds, ImmutableArray<(long Index, int Value)> maxima) =>
        (_slots, _granularitySeconds, _maxima) = (slots, granularitySeconds, maxima);

    /// <summary>The largest value within the window; 0 when nothing was recorded.</summary>
    public int Current => _maxima.IsEmpty ? 0 : _maxima[0].Value;

    /// <summary>The window with a value more, and without those that left it.</summary>
    public DelayWindow Record(DateTimeOffset now, int value)
    {
        var index = now.ToUnixTimeSeconds() / _granularitySeconds;
        if (!_maxima.IsEmpty && _maxima[^1].Index == index && _maxima[^1].Value >= value)
        {
            return this;
        }

        var kept = _maxima.Where(entry => entry.Value > value && index - entry.Index < _slots);
        return new DelayWindow(_slots, _granularitySeconds, [.. kept, (index, value)]);
    }

    /// <summary>The window with every value as much earlier, as the clock that it was recorded by was set back.</summary>
    public DelayWindow ShiftBack(TimeSpan step)
    {
        var slots = (long)step.TotalSeconds / _granularitySeconds;
        return new DelayWindow(_slots, _granularitySeconds, [.. _maxima.Select(entry => (entry.Index - slots, entry.Value))]);
    }
}
