using System.Globalization;
using System.Text;
using Prometheus;

namespace Knative.Xds.XdsServer.Tests;

/// <summary>What a scrape of a registry reads.</summary>
internal static class Exposition
{
    /// <summary>The samples: name with labels to value.</summary>
    public static SortedDictionary<string, double> Of(CollectorRegistry registry)
    {
        using var stream = new MemoryStream();
        registry.CollectAndExportAsTextAsync(stream).GetAwaiter().GetResult();
        return new(
            Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line[0] != '#')
                .Select(line => line.Split(' '))
                .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture)),
            StringComparer.Ordinal);
    }

    /// <summary>One sample.</summary>
    public static double Value(CollectorRegistry registry, string sample) => Of(registry)[sample];
}
