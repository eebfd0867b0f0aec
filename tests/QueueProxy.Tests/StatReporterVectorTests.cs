using System.Text.Json;
using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>What upstream's queue-proxy answered scrapes with, asked of ours over its real port.</summary>
[Trait(Vectors.Trait, Vectors.Category)]
public class StatReporterVectorTests
{
    [Fact]
    public async Task Scrape_RecordedReports_IsAnsweredTheSame()
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "reporter"))
        {
            await using var proxy = await Proxy.StartAsync(1, options => options with { Pod = item.Text("podName")! });
            using var client = Proxy.ClientOf(proxy.App.StatsEndPoint);
            var period = item.Long("reportingPeriodMs") * 1_000_000;
            var index = 0;
            foreach (var operation in item.GetProperty("ops").EnumerateArray())
            {
                if (operation.Text("op") == "report")
                {
                    proxy.App.Reporter.Take(StatVectors.ReadReport(operation), period, operation.Long("uptimeNs"));
                }
                else
                {
                    await AssertScrapeAsync(client, operation, $"{item.Text("id")} operation {index}");
                }

                index++;
            }
        }
    }

    private static async Task AssertScrapeAsync(HttpClient client, JsonElement operation, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative));
        if (operation.TryGetProperty("accept", out var accept) && accept.ValueKind == JsonValueKind.String)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept.GetString());
        }

        using var response = await client.SendAsync(request, Proxy.Token);

        Assert.Equal((name, operation.Long("status")), (name, (long)response.StatusCode));
        foreach (var header in operation.GetProperty("headers").EnumerateObject())
        {
            var values = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Where(found => found.Key.Equals(header.Name, StringComparison.OrdinalIgnoreCase)).SelectMany(found => found.Value);
            Assert.Equal((name, header.Name, string.Join('|', header.Value.EnumerateArray().Select(value => value.GetString()))), (name, header.Name, string.Join('|', values)));
        }

        Assert.Equal((name, operation.Text("bodyBase64")), (name, Convert.ToBase64String(await response.Content.ReadAsByteArrayAsync(Proxy.Token))));
    }
}
