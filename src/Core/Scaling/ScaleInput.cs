namespace Knative.Xds.Core.Scaling;

/// <summary>What was observed for one decision.</summary>
/// <param name="ReadyPods">Ready pods; null when they could not be counted.</param>
/// <param name="Averages">Averages of the scaling metric; null when there is no data.</param>
public readonly record struct ScaleInput(int? ReadyPods, MetricAverages? Averages);
