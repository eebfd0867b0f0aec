using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Outcome of scraping a revision. Neither stat nor problem means that it has no pods.</summary>
/// <param name="Stat">The stat of the whole revision.</param>
/// <param name="Problem">Why there is none.</param>
internal readonly record struct RevisionScrape(Stat? Stat, ScrapeProblem? Problem);
