namespace Knative.Xds.Core.Scaling;

/// <summary>What a revision is scaled on.</summary>
public enum ScalingMetric
{
    /// <summary>Requests in flight.</summary>
    Concurrency,
    /// <summary>Requests per second.</summary>
    Rps,
}
