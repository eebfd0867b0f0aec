using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Makes the scrapers of revisions.</summary>
internal sealed class ScraperFactory(StatClient client, LiveSettings settings)
{
    /// <summary>Makes a scraper; null when there is nothing to scrape.</summary>
    public RevisionScraper? Create(ObjectKey revision, string scrapeTarget)
    {
        var mesh = settings.Mesh;
        return scrapeTarget.Length == 0 ? null : new RevisionScraper(mesh, new HttpStatSource(client, $"{scrapeTarget}.{revision.Namespace}", mesh.Passthrough));
    }
}
