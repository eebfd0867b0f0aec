using System.Runtime.CompilerServices;
using Knative.Xds.Autoscaler.Collecting.Pooling;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Asks a sample of one revision's pods for their stats, directly or, where a mesh hides them, through their Service.</summary>
/// <remarks>Threading: one scrape at a time. Source: knative/serving pkg/autoscaler/metrics/stats_scraper.go.</remarks>
internal sealed class RevisionScraper(MeshSettings mesh, IStatSource source)
{
    private readonly PodSampling _pods = new(source);

    /// <summary>Whether pods have not turned out to be hidden yet.</summary>
    public bool PodsAddressable { get; private set; } = true;

    /// <summary>Scrapes once.</summary>
    /// <param name="pods">Ready pods by age.</param>
    /// <param name="stableWindow">A pod that reports a shorter life than this is young.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<RevisionScrape> ScrapeAsync(PodAges pods, GoDuration stableWindow, CancellationToken cancellationToken)
    {
        if (pods.Count == 0)
        {
            return default;
        }

        if (mesh.Mode != MeshMode.Enabled && (mesh.Mode == MeshMode.Disabled || PodsAddressable || mesh.Passthrough))
        {
            var direct = await _pods.RunAsync(pods, cancellationToken);
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
}
