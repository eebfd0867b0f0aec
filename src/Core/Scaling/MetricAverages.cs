namespace Knative.Xds.Core.Scaling;

/// <summary>Averages of the scaling metric over both windows.</summary>
/// <param name="Stable">Over the stable window.</param>
/// <param name="Panic">Over the panic window.</param>
public readonly record struct MetricAverages(double Stable, double Panic);
