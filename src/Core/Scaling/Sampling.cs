using Knative.Xds.Core.Stats;

namespace Knative.Xds.Core.Scaling;

/// <summary>How many pods must be asked to know them all, and what their answers say.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/metrics/sample_size.go and stats_scraper.go.</remarks>
public static class Sampling
{
    /// <value>Pod name in a stat that stands for a whole revision.</value>
    public const string ScraperPodName = "service-scraper";

    // Confidence 95 % (1.96²) times the variance 100 over the squared margin of error 25.
    private const double Ratio = 15.3664;

    /// <summary>Pods to ask out of <paramref name="population"/>.</summary>
    public static int SampleSize(int population) => population <= 3
        ? Math.Max(0, population)
        : (int)Math.Ceiling(population * Ratio / (population + Ratio - 1));

    /// <summary>The stat of a whole revision of <paramref name="population"/> pods, from those that were asked.</summary>
    public static Stat Average(ReadOnlySpan<Stat> samples, int population)
    {
        double concurrency = 0, proxiedConcurrency = 0, requests = 0, proxiedRequests = 0;
        foreach (ref readonly var sample in samples)
        {
            concurrency += sample.AverageConcurrentRequests;
            proxiedConcurrency += sample.AverageProxiedConcurrentRequests;
            requests += sample.RequestCount;
            proxiedRequests += sample.ProxiedRequestCount;
        }

        double size = samples.Length;
        double total = population;
        return new Stat
        {
            PodName = ScraperPodName,
            AverageConcurrentRequests = concurrency / size * total,
            AverageProxiedConcurrentRequests = proxiedConcurrency / size * total,
            RequestCount = requests / size * total,
            ProxiedRequestCount = proxiedRequests / size * total,
        };
    }
}
