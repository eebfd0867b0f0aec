namespace Knative.Xds.Core.Scaling;

/// <summary>How the seconds of a window are weighted.</summary>
public enum WindowAlgorithm
{
    /// <summary>All alike.</summary>
    Linear,
    /// <summary>Recent ones more, by exponential decay.</summary>
    WeightedExponential,
}
