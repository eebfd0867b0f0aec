namespace Knative.Xds.Scenarios.Proxying;

/// <summary>What a load generator saw.</summary>
/// <param name="Requests">Answered with success.</param>
/// <param name="Rps">Of them per second.</param>
/// <param name="P50Ms">Median time.</param>
/// <param name="P99Ms">99th percentile.</param>
/// <param name="P999Ms">99.9th percentile.</param>
internal sealed record LoadResult(double Requests, double Rps, double P50Ms, double P99Ms, double P999Ms);
