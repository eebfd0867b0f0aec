using System.Text.Json;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Stats;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class RequestStatsVectorTests
{
    private const string File = "stats-wire.json";

    [Fact]
    public void RequestStats_RecordedEvents_GiveTheSameReportsBitForBit()
    {
        foreach (var row in Vectors.OrSkip(File).GetProperty("requestStats").EnumerateArray())
        {
            var stats = new RequestStats(row.GetProperty("startNs").GetInt64());
            foreach (var op in row.GetProperty("ops").EnumerateArray())
            {
                Assert.True(Play(stats, op), $"{row.GetProperty("id")}: {op}");
            }
        }
    }

    [Fact]
    public void ToStat_RecordedReports_GiveTheSameBytes()
    {
        foreach (var row in Vectors.OrSkip(File).GetProperty("reporter").EnumerateArray())
        {
            var pod = row.GetProperty("podName").GetString()!;
            var period = row.GetProperty("reportingPeriodMs").GetInt64() * 1_000_000;
            var stat = new Stat { PodName = pod };
            foreach (var op in row.GetProperty("ops").EnumerateArray())
            {
                if (op.GetProperty("op").GetString() == "report")
                    stat = ReportOf(op).ToStat(pod, period, op.GetProperty("uptimeNs").GetInt64());
                else
                    Assert.Equal(op.GetProperty("bodyBase64").GetString(), Convert.ToBase64String(StatCodec.Encode(stat)));
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
            default: return stats.Report(now) == ReportOf(op);
        }
    }

    private static RequestReport ReportOf(JsonElement op) => new(
        op.GetProperty("averageConcurrency").GetDouble(), op.GetProperty("averageProxiedConcurrency").GetDouble(),
        op.GetProperty("requestCount").GetDouble(), op.GetProperty("proxiedRequestCount").GetDouble());
}
