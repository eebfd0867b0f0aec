namespace Knative.Xds.Core.Scaling;

/// <summary>What a decider finds of the one before it, in another replica or another life of this one.</summary>
/// <param name="Wanted">Pods last wanted, as the PodAutoscaler's status says; -1 when none were ever decided.</param>
/// <param name="Scaled">Pods that the scale target itself is set to; 0 when there is none.</param>
/// <param name="Serving">Whether requests go straight to the pods.</param>
public readonly record struct FoundScale(int Wanted, int Scaled, bool Serving)
{
    /// <summary>A revision that nobody decided before.</summary>
    public static readonly FoundScale Nothing = new(-1, 0, false);

    /// <summary>Whether it was decided to have pods.</summary>
    public bool IsWanted => Wanted > 0;

    /// <summary>The larger of both: the one before sets the scale first, and says so after that.</summary>
    public int Most => Math.Max(Wanted, Scaled);
}
