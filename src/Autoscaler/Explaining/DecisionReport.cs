using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>One decision with every input.</summary>
public sealed record DecisionReport
{
    /// <summary>When it was made first.</summary>
    public DateTimeOffset First { get; init; }
    /// <summary>When it was made last, with nothing changed between.</summary>
    public DateTimeOffset Last { get; init; }
    /// <summary>How often it was made.</summary>
    public int Times { get; init; }
    /// <summary>False when nothing could be said: the decision before stands.</summary>
    public bool Valid { get; init; }
    /// <summary>Wanted pods, before the revision's bounds.</summary>
    public int Desired { get; init; }
    /// <summary>Which rule bound it.</summary>
    public ScaleRule Rule { get; init; }
    /// <summary>The same in words and numbers.</summary>
    public required string Why { get; init; }
    /// <summary>Ready pods that were counted.</summary>
    public int ReadyPods { get; init; }
    /// <summary>Average over the stable window.</summary>
    public double StableAverage { get; init; }
    /// <summary>Average over the panic window.</summary>
    public double PanicAverage { get; init; }
    /// <summary>Pods for the stable average, after the rate limits.</summary>
    public int StablePods { get; init; }
    /// <summary>Pods for the panic average, after the rate limits.</summary>
    public int PanicPods { get; init; }
    /// <summary>Whether the revision was panicking.</summary>
    public bool Panicking { get; init; }
    /// <summary>Capacity left after a burst.</summary>
    public int ExcessBurstCapacity { get; init; }
    /// <summary>What that means for the path of requests.</summary>
    public required string Path { get; init; }
}
