using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Asks a sample of one revision's pods for their stats, directly or, where a mesh hides them, through their Service.</summary>
/// <remarks>Threading: one scrape at a time. Source: knative/serving pkg/autoscaler/metrics/stats_scraper.go.</remarks>
internal sealed class RevisionScraper(MeshSettings mesh, IStatSource source)
{
    /// <summary>Whether pods have not turned out to be hidden yet.</summary>
    public bool PodsAddressable { get; private set; } = true;

    /// <summary>Scrapes once.</summary>
    /// <param name="pods">Ready pods by age.</param>
    /// <param name="stableWindow">A pod that reports a shorter life than this is young.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    public async Task<RevisionScrape> ScrapeAsync(PodAges pods, GoDuration stableWindow, CancellationToken cancellationToken)
    {
        if (pods.Count == 0)
        {
            return default;
        }

        if (mesh.Mode != MeshMode.Enabled && (mesh.Mode == MeshMode.Disabled || PodsAddressable || mesh.Passthrough))
        {
            var direct = await ScrapePodsAsync(pods, cancellationToken);
            if (direct.Problem != ScrapeProblem.PodsNotAddressable || mesh.Mode == MeshMode.Disabled || mesh.Passthrough)
            {
                return direct;
            }
        }

        var outcome = await new ServiceSampling(source, pods.Count, stableWindow).RunAsync(cancellationToken);
        // The pods did not answer, their Service does: there is a mesh.
        PodsAddressable &= mesh.Mode == MeshMode.Enabled || outcome.Problem is not null;
        return outcome;
    }

    private Task<RevisionScrape> ScrapePodsAsync(PodAges pods, CancellationToken cancellationToken) =>
        new PodSampling(source, Order(pods, Sampling.SampleSize(pods.Count)), pods.Count).RunAsync(cancellationToken);

    /// <summary>Old pods first: their windows are full. Those of the group that is not taken whole are drawn by lot.</summary>
    internal static string[] Order(PodAges pods, int size)
    {
        var (old, young) = (pods.Old.ToArray(), pods.Young.ToArray());
        Random.Shared.Shuffle(old.Length >= size ? old : young);
        return [.. old, .. young];
    }
}
