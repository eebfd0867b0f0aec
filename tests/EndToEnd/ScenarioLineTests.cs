using System.Diagnostics;
using System.Text.Json.Nodes;
using Knative.Xds.Scenarios;
using Knative.Xds.Scenarios.ColdStart;
using Knative.Xds.Scenarios.Convergence;
using Knative.Xds.Scenarios.Fleet;
using Knative.Xds.Scenarios.Proxying;
using Knative.Xds.Scenarios.Restart;

namespace Knative.Xds.EndToEnd;

/// <summary>The lines that scenarios print: others read them by these names.</summary>
public sealed class ScenarioLineTests
{
    private static readonly string[] ProxyNames =
        ["scenario", "component", "protocol", "connections", "rps", "addedMsP50", "addedMsP99", "addedMsP999", "cpuMicrosPerRequest", "rssMiB", "startMs"];

    [Fact]
    public void ProxyLine_WithoutPeer_HasTheFiguresOfOurOwn() =>
        Assert.Equal(ProxyNames, NamesOf(ResultLine.Text(new ProxyResult("proxy", "queue-proxy", "http1", 64, 1, 2, 3, 4, 5, 6, 7))));

    [Fact]
    public void ProxyLine_WithPeerAndEnvoy_HasTheirsToo() =>
        Assert.Equal(
            [.. ProxyNames, "peerRps", "ratioRps", "peerRssMiB", "ratioRss", "peerStartMs", "envoyRps"],
            NamesOf(ResultLine.Text(new ProxyResult("proxy", "queue-proxy", "http1", 64, 1, 2, 3, 4, 5, 6, 7) { PeerRps = 1, RatioRps = 2, PeerRssMiB = 3, RatioRss = 4, PeerStartMs = 5, EnvoyRps = 6 })));

    [Fact]
    public void ColdStartLine_OfTwoStartsAndAFailure_HasPercentilesAndMediansOfStages()
    {
        var quick = Times(0, 1, 2, 5, 100, 102, 104, 200);
        var slow = Times(0, 2, 4, 9, 120, 125, 140, 300);

        var line = ResultLine.Text(ColdStartResult.Of([quick, null, slow]));

        Assert.Equal(
            """{"scenario":"coldstart","cycles":3,"overheadMsP50":4,"overheadMsP99":20,"failed":1,"stages":{"report":1,"decide":1,"patch":3,"start":95,"probe":2,"forward":2,"switch":96}}""",
            line);
    }

    [Fact]
    public void ConvergenceLine_HasTheFiguresOfAChange() =>
        Assert.Equal(
            """{"scenario":"convergence","api":"kube-apiserver","gateway":"envoy","server":"published","ingresses":1,"changes":2,"translatedPerChange":3,"bytesPerChangePerEnvoy":4,"serverCpuMsPerChange":5,"envoyCpuMsPerChange":6,"writeToAckMsP50":7,"writeToServingMsP50":8,"writeToServingMsP99":9,"writeToReadyMsP50":10,"failedRequests":11,"allReadySecondsAfterLastCreate":12}""",
            ResultLine.Text(new ConvergenceResult
            {
                Api = "kube-apiserver",
                Gateway = "envoy",
                Server = "published",
                Ingresses = 1,
                Changes = 2,
                TranslatedPerChange = 3,
                BytesPerChangePerEnvoy = 4,
                ServerCpuMsPerChange = 5,
                EnvoyCpuMsPerChange = 6,
                WriteToAckMsP50 = 7,
                WriteToServingMsP50 = 8,
                WriteToServingMsP99 = 9,
                WriteToReadyMsP50 = 10,
                FailedRequests = 11,
                AllReadySecondsAfterLastCreate = 12,
            }));

    [Fact]
    public void FleetLine_HasTheFiguresOfAllStreams() =>
        Assert.Equal(
            """{"scenario":"fleet","api":"kube-apiserver","server":"published","ingresses":1,"streams":2,"reached":3,"changeToAllMsP50":4,"changeToAllMsP99":5,"cpuMsPerChange":6,"rssMiB":7,"stalledStreamGrowthMiB":8}""",
            ResultLine.Text(new FleetResult { Api = "kube-apiserver", Server = "published", Ingresses = 1, Streams = 2, Reached = 3, ChangeToAllMsP50 = 4, ChangeToAllMsP99 = 5, CpuMsPerChange = 6, RssMiB = 7, StalledStreamGrowthMiB = 8 }));

    [Fact]
    public void RestartLine_HasTheFiguresOfAStart() =>
        Assert.Equal(
            """{"scenario":"restart","api":"kube-apiserver","gateway":"envoy","server":"published","ingresses":1,"certificates":2,"secondsToComplete":3,"secondsOfEach":[4,3],"partialPushes":5,"bytesResentPerEnvoy":6,"rssMiB":7}""",
            ResultLine.Text(new RestartResult { Api = "kube-apiserver", Gateway = "envoy", Server = "published", Ingresses = 1, Certificates = 2, SecondsToComplete = 3, SecondsOfEach = [4, 3], PartialPushes = 5, BytesResentPerEnvoy = 6, RssMiB = 7 }));

    private static IEnumerable<string> NamesOf(string line) => JsonNode.Parse(line)!.AsObject().Select(entry => entry.Key);

    private static ColdStartTimes Times(params long[] milliseconds)
    {
        var at = milliseconds.Select(time => time * Stopwatch.Frequency / 1000).ToArray();
        return new ColdStartTimes(at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]);
    }
}
