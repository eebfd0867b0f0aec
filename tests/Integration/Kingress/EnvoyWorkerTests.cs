using System.Globalization;
using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>An Envoy with several workers: each has a copy of the configuration of its own.</summary>
public sealed class EnvoyWorkerTests
{
    private const int Workers = 4;
    private const int Requests = 100;
    private const string Header = "Which-Change";

    [Fact]
    [Trap("each worker has its own copy of the configuration")]
    public async Task FourWorkers_ReadyMeansInEffectAtEach_NoAnswerIsStale()
    {
        await using var world = await KingressWorld.StartAsync(adjust: options => options with { Concurrency = Workers });
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await ns.ReadyAsync("i", Spec.External([ns.Host("a"), ns.Host("b")], Spec.All(Spec.To("blue")).Setting(Header, "none")));
        await ns.ReadyAsync("other", Spec.External(ns.Host("c"), Spec.All(Spec.To("green"))));

        for (var i = 0; i < 10; i++)
        {
            var (change, service) = (i.ToString(CultureInfo.InvariantCulture), i % 2 == 0 ? "green" : "blue");
            await ns.IngressAsync("i", Spec.External([ns.Host("a"), ns.Host("b")], Spec.All(Spec.To(service)).Setting(Header, change)));
            await ns.ReadyAsync("i");

            Assert.Equal(new Dictionary<string, int> { [$"{service} {change}"] = Requests }, await ns.External.CountAsync(ns.Host("a"), Requests, What));
            // Workers share connections out: new ones reach those that the old ones do not.
            using var fresh = new GatewayClient($"{ns.Local.EndPoint}");
            Assert.Equal(new Dictionary<string, int> { [$"{service} {change}"] = Requests }, await fresh.CountAsync(ns.Host("b"), Requests, What));
        }

        Assert.Equal(Workers, (await WorkersAsync(world)).Count);
    }

    private static string What(Seen seen) => $"{seen.Backend} {seen[Header]}";

    /// <summary>Workers that have had a connection of a client.</summary>
    private static async Task<HashSet<string>> WorkersAsync(KingressWorld world)
    {
        using var admin = new HttpClient { BaseAddress = await world.Envoy.AdminAsync() };
        var lines = (await admin.GetStringAsync(new Uri("stats?filter=worker_.*downstream_cx_total", UriKind.Relative), TestContext.Current.CancellationToken)).Split('\n');
        return [.. lines.Where(line => line.StartsWith("listener.127.", StringComparison.Ordinal) && !line.EndsWith(": 0", StringComparison.Ordinal)).Select(line => line.Split('.').Single(part => part.StartsWith("worker_", StringComparison.Ordinal)))];
    }
}
