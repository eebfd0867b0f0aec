namespace Knative.Xds.Kube.Watching;

/// <summary>Growing, jittered delays between tries.</summary>
/// <remarks>Units: delay n lies between half and all of initial × 2^n, never above the maximum. Threading: one user.</remarks>
internal sealed class Backoff(TimeSpan initial, TimeSpan maximum, Func<double> random)
{
    private int _failures;

    /// <summary>Length of the next wait.</summary>
    public TimeSpan Next()
    {
        var full = Math.Min(maximum.TotalMilliseconds, initial.TotalMilliseconds * Math.Pow(2, _failures));
        _failures = Math.Min(_failures + 1, 30);
        return TimeSpan.FromMilliseconds(full * (0.5 + (0.5 * random())));
    }

    /// <summary>Starts over, after a success.</summary>
    public void Reset() => _failures = 0;
}
