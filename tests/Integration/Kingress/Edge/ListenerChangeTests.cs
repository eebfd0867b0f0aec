using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>The rare changes that replace listeners.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class ListenerChangeTests(ConfiguredWorld shared)
{
    [Fact]
    [Trap("a listener is replaced")]
    public async Task ConfigKourierChanges_UnderLoadOnKeptConnections_NoRequestFails()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        using var outside = new GatewayClient($"{ns.External.EndPoint}");
        using var inside = new GatewayClient($"{ns.Local.EndPoint}");
        await using var external = new Load(outside, ns.Host("a"));
        await using var local = new Load(inside, ns.Host("a"));

        foreach (var hops in new[] { "1", "2", "3" })
        {
            var requests = external.Requests + local.Requests;
            using var _ = await shared.ConfigureAsync(("stream-idle-timeout", $"{hops}00s"), ("trusted-hops-count", hops));
            await Testing.Eventually.TrueAsync(() => external.Requests + local.Requests > requests + 100, Xds.XdsStack.Limit);
        }

        Assert.Empty(await external.StopAsync());
        Assert.Empty(await local.StopAsync());
    }
}
