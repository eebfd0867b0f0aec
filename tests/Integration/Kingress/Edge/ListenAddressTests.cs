using System.Net;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Which addresses gateways bind.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class ListenAddressTests(ConfiguredWorld shared)
{
    [Fact]
    public async Task SeveralAddresses_IPv4AndIPv6_BothAreBoundByEveryListener()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("six", new BackendOptions { Address = IPAddress.IPv6Loopback });
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("six"))));
        using var four = await shared.ConfigureAsync(("listen-ip-addresses", "127.0.0.1, ::1"));

        await Eventually.TrueAsync(async () => (await four.GetAsync(ns.Host("a"))).Code == 200, XdsStack.Limit);
        foreach (var listener in new[] { shared.World.External.EndPoint, shared.World.Local.EndPoint, shared.Probe })
        {
            using var six = new GatewayClient($"{new IPEndPoint(IPAddress.IPv6Loopback, listener.Port)}");
            Assert.Equal("six", (await six.GetAsync(ns.Host("a"))).Backend);
        }
    }

    [Fact]
    public async Task OnlyIPv6_ListenerAndEndpoints_HostsAreFoundByNameAndPort()
    {
        await using var world = await KingressWorld.StartAsync(addresses: IPAddress.IPv6Loopback);
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("six", new BackendOptions { Address = IPAddress.IPv6Loopback });
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("six"))));

        Assert.Equal(IPAddress.IPv6Loopback, ns.External.EndPoint.Address);
        Assert.Equal("six", (await ns.External.GetAsync(ns.Host("a"))).Backend);
        Assert.Equal("six", (await ns.External.GetAsync($"{ns.Host("a")}:8080")).Backend);
        Assert.Equal(404, (await ns.External.GetAsync("[::1]:8080")).Code);
    }
}
