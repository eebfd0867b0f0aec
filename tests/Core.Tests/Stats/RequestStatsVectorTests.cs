using System.Text.Json;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Stats;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class RequestStatsVectorTests
{
    [Fact]
    public void RequestStats_RecordedEvents_GiveTheSameReportsBitForBit()
    {
        foreach (var row in VectorCases.OrSkip("stats-wire.json", "requestStats"))
        {
            var stats = new RequestStats(row.GetProperty("startNs").GetInt64());
            foreach (var op in row.GetProperty("ops").EnumerateArray())
            {
                Assert.True(Play(stats, op), $"{row.GetProperty("id")}: {op}");
            }
        }
    }

    private static bool Play(RequestStats stats, JsonElement op)
    {
        var now = op.GetProperty("timeNs").GetInt64();
        switch (op.GetProperty("op").GetString())
        {
            case "reqIn": stats.In(now, proxied: false); return true;
            case "reqOut": stats.Out(now, proxied: false); return true;
            case "proxiedIn": stats.In(now, proxied: true); return true;
            case "proxiedOut": stats.Out(now, proxied: true); return true;
            default: return stats.Report(now) == StatVectors.ReadReport(op);
        }
    }
}
