using System.Diagnostics;
using System.Text.Json.Nodes;
using Knative.Xds.Scenarios;
using Knative.Xds.Scenarios.ColdStart;
using Knative.Xds.Scenarios.Proxying;

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

    private static IEnumerable<string> NamesOf(string line) => JsonNode.Parse(line)!.AsObject().Select(entry => entry.Key);

    private static ColdStartTimes Times(params long[] milliseconds)
    {
        var at = milliseconds.Select(time => time * Stopwatch.Frequency / 1000).ToArray();
        return new ColdStartTimes(at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]);
    }
}
