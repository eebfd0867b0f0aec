namespace Knative.Xds.Core.Scaling;

/// <summary>What becomes of the condition Active.</summary>
public enum ActiveVerdict
{
    /// <summary>It stays.</summary>
    Unchanged,
    /// <summary>True.</summary>
    Active,
    /// <summary>Unknown, Queued.</summary>
    Queued,
    /// <summary>False, NoTraffic.</summary>
    NoTraffic,
    /// <summary>False, TimedOut.</summary>
    TimedOut,
}
