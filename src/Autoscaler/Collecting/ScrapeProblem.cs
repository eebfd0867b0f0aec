namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Why a revision could not be scraped.</summary>
/// <param name="Reason">Reason in the Metric's condition.</param>
/// <param name="Message">What happened.</param>
/// <remarks>Source: knative/serving pkg/autoscaler/metrics/stats_scraper.go, pkg/reconciler/metric/metric.go.</remarks>
internal sealed record ScrapeProblem(string Reason, string Message)
{
    /// <value>Not enough pods gave a stat.</value>
    public static readonly ScrapeProblem PodsExhausted = Failed("pods exhausted");
    /// <value>Every pod answered as a mesh does for those that it hides.</value>
    public static readonly ScrapeProblem PodsNotAddressable = Failed("all pod scrapes returned 503 error");

    /// <summary>The Service kept answering from the same few pods.</summary>
    public static ScrapeProblem DidNotReceiveStat(int sampleSize) =>
        new("DidNotReceiveStat", $"unsuccessful scrape, sampleSize={sampleSize}: did not receive stat from an unscraped pod");

    /// <summary>The Service did not answer with stats.</summary>
    public static ScrapeProblem ServiceFailed(int sampleSize, ScrapeFailure failure) => Failed($"unsuccessful scrape, sampleSize={sampleSize}: {failure}");

    /// <summary>Anything else.</summary>
    public static ScrapeProblem Failed(string message) => new("CollectionFailed", $"Failed to reconcile metric collection: {message}");
}
