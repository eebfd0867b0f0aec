using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>spec of a Metric.</summary>
public sealed class MetricSpec
{
    /// <summary>Nanoseconds.</summary>
    [JsonPropertyName("stableWindow")] public long StableWindow { get; set; }
    /// <summary>Nanoseconds.</summary>
    [JsonPropertyName("panicWindow")] public long PanicWindow { get; set; }
    /// <summary>Private Service; empty disables scraping.</summary>
    [JsonPropertyName("scrapeTarget")] public string ScrapeTarget { get; set; } = "";
}
