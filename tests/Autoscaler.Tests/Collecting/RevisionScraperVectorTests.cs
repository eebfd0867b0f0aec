using System.Text.Json;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

[Trait(Vectors.Trait, Vectors.Category)]
public class RevisionScraperVectorTests
{
    [Fact]
    public async Task ScrapeAsync_RecordedRevisions_GivesTheSameStats()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "scrapes"))
        {
            var pods = RevisionPods.Of(item.GetProperty("pods").EnumerateArray().Select(Pod));
            var source = new RecordedSource(item);
            var scraper = new RevisionScraper(new MeshSettings(Enum.Parse<MeshMode>(item.Text("meshMode")!, ignoreCase: true), item.GetProperty("usePassthroughLb").GetBoolean()), source);
            var (window, now) = (TimeSpan.FromMilliseconds(item.Long("windowMs")), DateTimeOffset.FromUnixTimeMilliseconds(item.Long("nowMs")));
            Assert.Equal((item.Text("id"), item.Long("sampleSize")), (item.Text("id"), Sampling.SampleSize(pods.Ready.Length)));
            var call = 0;
            foreach (var expected in item.GetProperty("results").EnumerateArray())
            {
                source.Begin();

                var outcome = await scraper.ScrapeAsync(pods.SplitByAge(window, now), window, TestContext.Current.CancellationToken);

                var name = $"{item.Text("id")} call {call++}";
                Assert.Equal((name, expected.Text("error")), (name, Kind(outcome.Problem)));
                Assert.Equal((name, StatVectors.Read(expected.GetProperty("stat"))), (name, outcome.Stat ?? default));
                Assert.Equal(
                    (name, expected.GetProperty("empty").GetBoolean(), expected.GetProperty("usedService").GetBoolean(), expected.GetProperty("usedPods").GetBoolean(), expected.GetProperty("podsAddressableAfter").GetBoolean()),
                    (name, outcome.Stat is null, source.UsedService, source.UsedPods, scraper.PodsAddressable));
            }
        }
    }

    private static string? Kind(ScrapeProblem? problem) => problem switch
    {
        null => null,
        _ when problem == ScrapeProblem.PodsExhausted => "podsExhausted",
        _ when problem == ScrapeProblem.PodsNotAddressable => "directScrapingNotAvailable",
        { Reason: "DidNotReceiveStat" } => "didNotReceiveStat",
        _ => "scrapeFailed",
    };

    private static V1Pod Pod(JsonElement pod) => new()
    {
        Metadata = new V1ObjectMeta(),
        Status = new V1PodStatus
        {
            Phase = "Running",
            PodIP = pod.Text("ip"),
            StartTime = DateTimeOffset.FromUnixTimeMilliseconds(pod.Long("startTimeMs")).UtcDateTime,
            Conditions = [new V1PodCondition { Type = "Ready", Status = "True" }],
        },
    };

    private static StatAnswer Answer(JsonElement stat, string? error) => error switch
    {
        null or "ok" => new StatAnswer(StatVectors.Read(stat), ScrapeFailure.None),
        "meshError" => new StatAnswer(default, ScrapeFailure.MaybeMesh),
        _ => new StatAnswer(default, ScrapeFailure.Transport),
    };

    private sealed class RecordedSource(JsonElement item) : IStatSource
    {
        private readonly Dictionary<string, JsonElement> _pods = item.GetProperty("pods").EnumerateArray().ToDictionary(pod => pod.Text("ip")!);
        private readonly JsonElement[] _cycle = item.GetProperty("serviceResponseCycle") is { ValueKind: JsonValueKind.Array } cycle ? [.. cycle.EnumerateArray()] : [];
        private int _next;

        public bool UsedPods { get; private set; }

        public bool UsedService { get; private set; }

        public void Begin() => (UsedPods, UsedService, _next) = (false, false, 0);

        public ValueTask<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken)
        {
            UsedPods = true;
            return ValueTask.FromResult(Answer(_pods[ip].GetProperty("stat"), _pods[ip].Text("outcome")));
        }

        public Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken)
        {
            UsedService = true;
            var answer = _cycle[_next++ % _cycle.Length];
            return Task.FromResult(Answer(answer.GetProperty("stat"), answer.Text("error")));
        }
    }
}
