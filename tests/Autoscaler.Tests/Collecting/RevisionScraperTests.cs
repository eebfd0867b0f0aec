using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

// Rows P1 to P9 of upstream's behaviour tests.
public class RevisionScraperTests
{
    private static readonly GoDuration Window = GoDuration.FromSeconds(60);

    [Fact]
    public void P1_SampleSizes_AreUpstreams() =>
        Assert.Equal([0, 1, 2, 3, 4, 7, 14, 16], new[] { 0, 1, 2, 3, 5, 10, 100, 1000 }.Select(Sampling.SampleSize));

    [Fact]
    public async Task P2_OneOfFiveFails_AnotherStandsInForIt()
    {
        var pods = Pods(5, _ => FakeStatSource.Good(4));
        pods["10.0.0.2"] = FakeStatSource.Bad(ScrapeFailure.Transport);
        var source = new FakeStatSource(pods);
        var scraper = new RevisionScraper(default, source);

        var scrape = await ScrapeAsync(scraper, pods.Keys);

        Assert.Equal((20, true, 0), (scrape.Stat!.Value.AverageConcurrentRequests, scraper.PodsAddressable, source.ServiceRequests));
    }

    [Fact]
    public async Task P3_OneOfFourFails_IsTooFew()
    {
        var pods = Pods(4, _ => FakeStatSource.Good(4));
        pods["10.0.0.2"] = FakeStatSource.Bad(ScrapeFailure.Transport);

        Assert.Equal(new RevisionScrape(null, ScrapeProblem.PodsExhausted), await ScrapeAsync(new RevisionScraper(default, new FakeStatSource(pods)), pods.Keys));
    }

    [Fact]
    public async Task P4_AllPodsHiddenByAMesh_AreAskedThroughTheirService()
    {
        var pods = Pods(4, _ => FakeStatSource.Bad(ScrapeFailure.MaybeMesh));
        var scraper = new RevisionScraper(default, new FakeStatSource(pods, [.. Enumerable.Range(1, 4).Select(i => FakeStatSource.Good(2 * i, $"pod-{i}"))]));

        var scrape = await ScrapeAsync(scraper, pods.Keys);

        Assert.Equal((20, false), (scrape.Stat!.Value.AverageConcurrentRequests, scraper.PodsAddressable));
    }

    [Theory]
    [InlineData("Disabled", false, false)]
    [InlineData("Auto", false, true)]
    [InlineData("Auto", true, false)]
    public async Task P5_NoMeshOrAnotherError_AsksNoService(string mode, bool passthrough, bool otherError)
    {
        var pods = Pods(4, _ => FakeStatSource.Bad(ScrapeFailure.MaybeMesh));
        if (otherError)
        {
            pods["10.0.0.4"] = FakeStatSource.Bad(ScrapeFailure.Transport);
        }

        var source = new FakeStatSource(pods, FakeStatSource.Good(1));

        var scrape = await ScrapeAsync(new RevisionScraper(new MeshSettings(Enum.Parse<MeshMode>(mode), passthrough), source), pods.Keys);

        Assert.Equal((null, otherError ? ScrapeProblem.PodsExhausted : ScrapeProblem.PodsNotAddressable, 0), (scrape.Stat, scrape.Problem, source.ServiceRequests));
    }

    [Fact]
    public async Task P6P7_MeshEnabled_AsksTheServiceOnly()
    {
        var source = new FakeStatSource([], [.. Enumerable.Range(1, 6).Select(i => FakeStatSource.Good(2 * i, $"pod-{i}"))]);

        var scrape = await ScrapeAsync(new RevisionScraper(new MeshSettings(MeshMode.Enabled, false), source), Pods(6, _ => default).Keys);

        // The first five of six, for all six.
        Assert.Equal((36, 0), (scrape.Stat!.Value.AverageConcurrentRequests, source.Asked.Count));
    }

    [Fact]
    public async Task P7_YoungPods_FillUpWhatOldOnesLack()
    {
        var answers = Enumerable.Range(0, 11).Select(i => FakeStatSource.Good(i < 7 ? 2 + (4 * i) : 1000, $"pod-{i}", uptime: i < 8 ? 100 : 1)).ToArray();
        var source = new FakeStatSource([], answers);

        var scrape = await ScrapeAsync(new RevisionScraper(new MeshSettings(MeshMode.Enabled, false), source), Pods(11, _ => default).Keys);

        Assert.Equal(154, scrape.Stat!.Value.AverageConcurrentRequests);
    }

    [Fact]
    public async Task P7_SamePodAgainAndAgain_IsNoSample()
    {
        var source = new FakeStatSource([], FakeStatSource.Good(1, "only"));

        var scrape = await ScrapeAsync(new RevisionScraper(new MeshSettings(MeshMode.Enabled, false), source), Pods(4, _ => default).Keys);

        Assert.Equal((null, "DidNotReceiveStat"), (scrape.Stat, scrape.Problem!.Reason));
    }

    [Theory]
    [InlineData(5, 20, false, 10, 5)]
    [InlineData(25, 5, false, 11, 11)]
    [InlineData(11, 19, true, 22, 11)]
    public async Task P8_OldPods_AreAskedFirst(int old, int young, bool oldFail, int requests, int ofOld)
    {
        var (first, then) = (Addresses("10.0.1.", old), Addresses("10.0.2.", young));
        var pods = first.Concat(then).ToDictionary(ip => ip, ip => oldFail && first.Contains(ip) ? FakeStatSource.Bad(ScrapeFailure.Transport) : FakeStatSource.Good(1));
        var source = new FakeStatSource(pods);

        var scrape = await new RevisionScraper(default, source).ScrapeAsync(new PodAges((string[])[.. first, .. then], first.Length), Window, TestContext.Current.CancellationToken);

        Assert.NotNull(scrape.Stat);
        Assert.Equal((requests, ofOld), (source.Asked.Count, source.Asked.Count(first.Contains)));
    }

    [Fact]
    public async Task P9_NoPods_IsNothing() =>
        Assert.Equal(default, await ScrapeAsync(new RevisionScraper(default, new FakeStatSource([])), []));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e300)]
    public async Task Scrape_ImpossibleNumbers_AreNoStat(double concurrency)
    {
        var pods = Pods(1, _ => FakeStatSource.Good(concurrency));

        var scrape = await ScrapeAsync(new RevisionScraper(default, new FakeStatSource(pods)), pods.Keys);

        Assert.Equal(new RevisionScrape(null, ScrapeProblem.PodsExhausted), scrape);
    }

    private static ValueTask<RevisionScrape> ScrapeAsync(RevisionScraper scraper, IEnumerable<string> ips) =>
        scraper.ScrapeAsync(new PodAges(ips.ToArray(), 0), Window, TestContext.Current.CancellationToken);

    private static Dictionary<string, StatAnswer> Pods(int count, Func<string, StatAnswer> answer) => Addresses("10.0.0.", count).ToDictionary(ip => ip, answer);

    private static string[] Addresses(string prefix, int count) => [.. Enumerable.Range(1, count).Select(i => $"{prefix}{i}")];
}
