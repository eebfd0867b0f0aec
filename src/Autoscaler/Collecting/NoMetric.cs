namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Why there is no average.</summary>
internal enum NoMetric
{
    /// <summary>There is one.</summary>
    None,
    /// <summary>Nothing is collected for the revision.</summary>
    NotCollecting,
    /// <summary>Nothing came in for a whole stable window.</summary>
    NoData,
}
