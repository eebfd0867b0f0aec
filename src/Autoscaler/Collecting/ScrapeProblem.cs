namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Why a revision could not be scraped.</summary>
/// <param name="Reason">Reason in the Metric's condition.</param>
/// <param name="Message">What happened.</param>
internal sealed record ScrapeProblem(string Reason, string Message)
{
    /// <value>Reason: no pod gave a stat.</value>
    public const string DidNotReceiveStat = "DidNotReceiveStat";
    /// <value>Reason: anything else.</value>
    public const string CollectionFailed = "CollectionFailed";
}
