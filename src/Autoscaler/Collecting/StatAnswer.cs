using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Outcome of one request for a stat.</summary>
/// <param name="Stat">The stat; empty when there is none.</param>
/// <param name="Failure">Why there is none.</param>
internal readonly record struct StatAnswer(Stat Stat, ScrapeFailure Failure);
