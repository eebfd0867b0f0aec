namespace Knative.Xds.Core.Scaling;

/// <summary>All scaling settings in force for one revision: its annotations, else the cluster's.</summary>
public sealed record RevisionScaling
{
    /// <summary>Which autoscaler is responsible.</summary>
    public required string Class { get; init; }
    /// <summary>Metric by name; empty for a class we do not know.</summary>
    public required string Metric { get; init; }
    /// <summary>Least pods; 0 when unreachable.</summary>
    public int MinScale { get; init; }
    /// <summary>Most pods; 0 is no bound.</summary>
    public int MaxScale { get; init; }
    /// <summary>Value that is aimed at; null without annotation.</summary>
    public double? Target { get; init; }
    /// <summary>Length of the stable window; null without annotation.</summary>
    public GoDuration? Window { get; init; }
    /// <summary>How long pods stay after the last request; null without annotation.</summary>
    public GoDuration? PodRetention { get; init; }
    /// <summary>How long activation may take; null without annotation.</summary>
    public GoDuration? ProgressDeadline { get; init; }
    /// <summary>Length of the panic window.</summary>
    public GoDuration PanicWindow { get; init; }
    /// <summary>How windows average.</summary>
    public WindowAlgorithm Algorithm { get; init; }
    /// <summary>What decisions depend on.</summary>
    public required DeciderSpec Decider { get; init; }

    /// <summary>Whether pods are scraped: not when the activator, which reports everything, is always in the path.</summary>
    public bool IsScraped => Decider.TargetBurstCapacity != -1;
}
