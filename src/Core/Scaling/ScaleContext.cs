namespace Knative.Xds.Core.Scaling;

/// <summary>What the step from a decision to the scale target depends on.</summary>
public sealed record ScaleContext
{
    /// <summary>Settings of the revision.</summary>
    public required RevisionScaling Scaling { get; init; }
    /// <summary>Settings of the cluster.</summary>
    public required AutoscalerConfig Config { get; init; }
    /// <summary>How long activation may take where the revision does not say.</summary>
    public GoDuration ProgressDeadline { get; init; }
    /// <summary>The decider's wish; -1 before there is any.</summary>
    public int Desired { get; init; }
    /// <summary>Condition Active.</summary>
    public ActiveCondition Active { get; init; }
    /// <summary>How long Active has been so; null when it was never set.</summary>
    public GoDuration? ActiveFor { get; init; }
    /// <summary>Whether the revision ever had its initial scale.</summary>
    public bool ScaleTargetInitialized { get; init; }
    /// <summary>Whether the SKS is told to send traffic to the activators.</summary>
    public bool SksInProxyMode { get; init; }
    /// <summary>How long the activators have been in the path; zero when they are not.</summary>
    public GoDuration ProxyFor { get; init; }
    /// <summary>Whether a probe of the revision's Service reached an activator; null when not tried yet.</summary>
    public bool? ActivatorAnswered { get; init; }
}
