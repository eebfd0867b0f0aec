namespace Knative.Xds.Sandbox.Pods;

/// <summary>Turns single probe results into the verdict that thresholds ask for.</summary>
/// <param name="Verdict">Whether the container counts as fine; null before any threshold was met.</param>
/// <param name="Streak">Results of the same kind in a row: positive successes, negative failures.</param>
internal readonly record struct ProbeThreshold(bool? Verdict, int Streak)
{
    /// <summary>The state after one more result.</summary>
    public ProbeThreshold After(bool succeeded, int successThreshold, int failureThreshold)
    {
        var streak = succeeded ? Math.Max(Streak, 0) + 1 : Math.Min(Streak, 0) - 1;
        var met = streak >= successThreshold || -streak >= failureThreshold;
        return new ProbeThreshold(met ? succeeded : Verdict, streak);
    }
}
