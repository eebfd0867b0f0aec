namespace Knative.Xds.Core.Scaling;

/// <summary>What to do about the scale target now.</summary>
public sealed record ScalePlan
{
    /// <summary>Pods wanted; -1 when there is no wish yet.</summary>
    public int Want { get; init; }
    /// <summary>Whether the scale target is set to <see cref="Want"/>.</summary>
    public bool Apply { get; init; }
    /// <summary>Look again after this long; null when only an event can change anything.</summary>
    public GoDuration? RequeueAfter { get; init; }
    /// <summary>The plan needs to know first whether the activators are in the path.</summary>
    public bool ProbeFirst { get; init; }
    /// <summary>Keep probing for the activators in the background, and look again when that ends.</summary>
    public bool ProbeInBackground { get; init; }
    /// <summary>Which rule bound <see cref="Want"/>.</summary>
    public ScalePlanRule Rule { get; init; }
    /// <summary>The same for people.</summary>
    public string Why { get; init; } = "";
}
