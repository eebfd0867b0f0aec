namespace Knative.Xds.XdsServer.Guarding;

/// <summary>How many requests a stream may still send: so many at once, so many per second, and one for each response that it has to answer.</summary>
/// <remarks>Threading: safe. An honest client answers responses and subscribes; one in a loop runs out.</remarks>
internal sealed class RequestBudget(int burst, int perSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _left = burst;
    private long _filledAt = time.GetTimestamp();
    private long _answersDue;

    /// <summary>Spends one; false when none is left.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            if (_answersDue > 0)
            {
                _answersDue--;
                return true;
            }

            Fill();
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }
    }

    /// <summary>A response goes out: its answer costs nothing.</summary>
    public void ExpectAnswer()
    {
        lock (_lock)
        {
            _answersDue++;
        }
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(burst, _left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
    }
}
