using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting.Direct;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Makes the scrapers of revisions.</summary>
internal sealed class ScraperFactory(StatClient client, PodClient pods, LiveSettings settings)
{
    /// <summary>Makes a scraper; null when there is nothing to scrape.</summary>
    public RevisionScraper? Create(ObjectKey revision, string scrapeTarget)
    {
        var mesh = settings.Mesh;
        return scrapeTarget.Length == 0 ? null : new RevisionScraper(mesh, new HttpStatSource(client, pods, $"{scrapeTarget}.{revision.Namespace}", mesh.Passthrough));
    }
}
