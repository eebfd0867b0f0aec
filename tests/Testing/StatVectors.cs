using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Testing;

/// <summary>Stats in the form of the recorded vectors.</summary>
public static class StatVectors
{
    /// <summary>Reads a stat.</summary>
    public static Stat Read(JsonElement stat) => new()
    {
        PodName = stat.Text("podName")!,
        AverageConcurrentRequests = Number(stat, "averageConcurrentRequests"),
        AverageProxiedConcurrentRequests = Number(stat, "averageProxiedConcurrentRequests"),
        RequestCount = Number(stat, "requestCount"),
        ProxiedRequestCount = Number(stat, "proxiedRequestCount"),
        ProcessUptime = Number(stat, "processUptime"),
        Timestamp = stat.Long("timestamp"),
    };

    /// <summary>Reads a stat with its revision.</summary>
    public static StatMessage ReadMessage(JsonElement message) =>
        new(new ObjectKey(message.Text("namespace")!, message.Text("name")!), Read(message.GetProperty("stat")));

    /// <summary>Reads what was counted in one reporting period.</summary>
    public static RequestReport ReadReport(JsonElement report) => new(
        report.Double("averageConcurrency"), report.Double("averageProxiedConcurrency"), report.Double("requestCount"), report.Double("proxiedRequestCount"));

    // Bits, where present, tell the two zeros and the NaNs apart.
    private static double Number(JsonElement stat, string member) =>
        stat.TryGetProperty("bits", out var bits)
            ? BitConverter.UInt64BitsToDouble(Convert.ToUInt64(bits.Text(member)!, 16))
            : stat.Double(member);
}
