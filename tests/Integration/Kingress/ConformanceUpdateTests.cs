using System.Globalization;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's row on changes under load.</summary>
public sealed class ConformanceUpdateTests(SharedKingressWorld shared)
{
    private const string Header = "Who-Are-You";

    [Fact]
    [Conformance("update")]
    public async Task TenHeadersThenTenBackends_UnderLoad_EachIsInEffectWhenReadyAndNoRequestFails()
    {
        await using var world = await KingressWorld.StartAsync();
        var second = await world.StartSecondEnvoyAsync();
        await using var ns = await world.NamespaceAsync();
        var host = ns.Host("update");
        var previous = await ns.BackendAsync("first");
        await ns.ReadyAsync("update", Spec.External(host, Spec.All(Spec.To("first")).Setting(Header, "start")));
        await using var load = new Load(ns.External, host);
        // On connections of its own, so that both gateways are asked whatever the kernel does with those of the first four clients.
        using var others = new GatewayClient($"{ns.External.EndPoint}", reuse: false);
        await using var more = new Load(others, host);

        for (var i = 0; i < 10; i++)
        {
            await ns.IngressAsync("update", Spec.External(host, Spec.All(Spec.To("first")).Setting(Header, $"header {i}")));
            await ns.ReadyAsync("update");
            Assert.Equal($"header {i}", (await ns.External.GetAsync(host)).Seen[Header]);
        }

        for (var i = 0; i < 10; i++)
        {
            var next = await ns.BackendAsync($"next-{i}");
            await ns.IngressAsync("update", Spec.External(host, Spec.All(Spec.To($"next-{i}")).Setting(Header, $"backend {i}")));
            await ns.ReadyAsync("update");
            await previous.StopAsync();
            await ns.DropServiceAsync(i == 0 ? "first" : $"next-{i - 1}");
            Assert.Equal($"backend {i}", (await ns.External.GetAsync(host)).Seen[Header]);
            previous = next;
        }

        Assert.True(await RequestsAsync(world.Envoy) > 0, "the first gateway had no request");
        Assert.True(await RequestsAsync(second) > 0, "the second gateway had no request");

        Assert.Empty(await load.StopAsync());
        Assert.Empty(await more.StopAsync());
    }

    [Fact]
    public async Task WeightsChangeThirtyTimes_UnderLoad_NoRequestFails()
    {
        await using var ns = await shared.NamespaceAsync();
        var host = ns.Host("weights");
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await ns.ReadyAsync("weights", Spec.External(host, Spec.All(Spec.To("blue"))));
        await using var load = new Load(ns.External, host);

        foreach (var percent in Enumerable.Range(0, 30).Select(i => i * 37 % 101).Append(100))
        {
            await ns.ReadyAsync("weights", Spec.External(host, Spec.All(Spec.To("blue", 100 - percent), Spec.To("green", percent))));
        }

        Assert.Equal("green", (await ns.External.GetAsync(host)).Backend);
        Assert.Empty(await load.StopAsync());
    }

    private static async Task<long> RequestsAsync(RealEnvoy gateway)
    {
        using var admin = new HttpClient { BaseAddress = await gateway.AdminAsync() };
        var line = await admin.GetStringAsync(new Uri("stats?filter=^http.external.downstream_rq_total$", UriKind.Relative), TestContext.Current.CancellationToken);
        return long.Parse(line.AsSpan(line.IndexOf(": ", StringComparison.Ordinal) + 2).TrimEnd(), CultureInfo.InvariantCulture);
    }
}
