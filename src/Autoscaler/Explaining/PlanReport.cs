using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>One step towards the scale target.</summary>
public sealed record PlanReport
{
    /// <summary>When it was planned first.</summary>
    public DateTimeOffset First { get; init; }
    /// <summary>When it was planned last, with the same outcome.</summary>
    public DateTimeOffset Last { get; init; }
    /// <summary>How often it was planned.</summary>
    public int Times { get; init; }
    /// <summary>The decision that it came from; -1 when there was none.</summary>
    public int Desired { get; init; }
    /// <summary>Pods wanted; -1 when there is no wish yet.</summary>
    public int Want { get; init; }
    /// <summary>Whether the scale target is set to that now.</summary>
    public bool Apply { get; init; }
    /// <summary>Which rule bound it.</summary>
    public ScalePlanRule Rule { get; init; }
    /// <summary>The same in words and numbers.</summary>
    public required string Why { get; init; }
    /// <summary>When it is looked at again if nothing happens before; null when only an event can change anything.</summary>
    public DateTimeOffset? Due { get; init; }
}
