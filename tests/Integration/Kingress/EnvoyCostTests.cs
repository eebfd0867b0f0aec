using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What a change costs a gateway.</summary>
[Collection(RelayedGateways.Name)]
public sealed class EnvoyCostTests(RelayedKingressWorld shared)
{
    private const int MaxBytesPerChange = 4096;

    private AdsRelay Relay => shared.Relay;

    [Fact]
    [Trap("one change is one small resource")]
    [Defect(1)]
    public async Task Defect01_WeightsOfOneIngressChange_NothingElseIsSent()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await ns.ReadyAsync("other", Spec.External(ns.Host("other"), Spec.All(Spec.To("blue"))));
        await ns.ReadyAsync("weights", Spec.External(ns.Host("weights"), Spec.All(Spec.To("blue", 90), Spec.To("green", 10))));
        var before = Relay.Responses.Count;

        await ns.ReadyAsync("weights", Spec.External(ns.Host("weights"), Spec.All(Spec.To("blue", 10), Spec.To("green", 90))));

        var sent = Relay.Responses.Skip(before).ToList();
        Assert.Equal([ResourceType.RouteConfiguration.TypeUrl()], sent.Select(response => response.TypeUrl).Distinct());
        Assert.Equal([$"{ns.Name}/weights/external", $"{ns.Name}/weights/local"], sent.SelectMany(response => response.Resources).Select(resource => resource.Name).Order());
        Assert.InRange(sent.Sum(response => response.CalculateSize()), 1, MaxBytesPerChange);
    }

    [Fact]
    [Defect(1)]
    public async Task Defect01_ReconcileWithoutAChange_NothingIsSent()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("same", Spec.External(ns.Host("same"), Spec.All(Spec.To("runtime"))));
        var before = Relay.Responses.Count;

        await ns.Api.PatchAsync<Knative.Xds.Kube.Api.KIngress>(
            new(ns.Name, "same"), new k8s.Models.V1Patch("""{"metadata":{"labels":{"touched":"yes"}}}""", k8s.Models.V1Patch.PatchType.MergePatch), null, CancellationToken.None);
        await ns.ReadyAsync("marker", Spec.External(ns.Host("marker"), Spec.All(Spec.To("runtime"))));

        Assert.DoesNotContain(
            Relay.Responses.Skip(before).SelectMany(response => response.Resources).Select(resource => resource.Name),
            name => name.Contains("/same/", StringComparison.Ordinal) || name.Contains("|same.", StringComparison.Ordinal));
    }

    [Fact]
    [Trap("routine changes never touch listeners")]
    public async Task HostsComeAndGo_ListenersAreNotSentAgainAndConnectionsStay()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("kept", Spec.External(ns.Host("kept"), Spec.All(Spec.To("runtime"))));
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, TestContext.Current.CancellationToken);
        var before = Relay.Responses.Count;
        for (var i = 0; i < 5; i++)
        {
            await ns.ReadyAsync($"i{i}", Spec.External(ns.Host($"i{i}"), Spec.All(Spec.To("runtime"))));
            await ns.DeleteAsync($"i{i}");
            await connection.SendAsync($"GET /{i} HTTP/1.1", $"Host: {ns.Host("kept")}", "");
            Assert.DoesNotContain("connection: close", await connection.ReadToAsync($"\"Target\":\"/{i}\"", TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain(ResourceType.Listener.TypeUrl(), Relay.Responses.Skip(before).Select(response => response.TypeUrl));
    }

    [Fact]
    [Defect(3)]
    public async Task Defect03_EndpointsChange_OnlyEndpointsAreSentAndConnectionsToTheOthersStay()
    {
        await using var ns = await shared.NamespaceAsync();
        var stays = await ns.BackendAsync("pods");
        await ns.ReadyAsync("scale", Spec.External(ns.Host("scale"), Spec.All(Spec.To("pods"))));
        Assert.Equal("pods", (await ns.External.GetAsync(ns.Host("scale"))).Backend);
        var connections = stays.Connections;
        var before = Relay.Responses.Count;

        var comes = await ns.StartAsync("second");
        await ns.SliceAsync("pods", comes, ("http", comes.Http1Port));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("scale"))).Backend == "second", XdsStack.Limit);
        await ns.Api.DeleteAsync<k8s.Models.V1EndpointSlice>(new(ns.Name, $"pods-{comes.Http1Port}"), CancellationToken.None);
        await Eventually.TrueAsync(() => Relay.Later(before, ResourceType.ClusterLoadAssignment, $"{ns.Name}/pods/80").Count() == 2, XdsStack.Limit);

        Assert.Equal([ResourceType.ClusterLoadAssignment.TypeUrl()], Relay.Responses.Skip(before).Select(response => response.TypeUrl).Distinct());
        Assert.Equal("pods", (await ns.External.GetAsync(ns.Host("scale"))).Backend);
        Assert.Equal(connections, stays.Connections);
    }

    [Fact]
    [Trap("a reconnecting Envoy is sent only what differs")]
    [Defect(2)]
    public async Task Defect02_StreamIsCutAndServerRestarts_NothingIsSentAgain()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        for (var i = 0; i < 5; i++)
        {
            await ns.ReadyAsync($"i{i}", Spec.External(
                [ns.Host($"i{i}"), ns.Host($"j{i}")],
                Spec.All(Spec.To("blue", 50).Setting("A", "1").Setting("B", "2"), Spec.To("green", 50).Setting("C", "3")).When("X", "1").When("Y", "2").Setting("D", "4"),
                Spec.All(Spec.To("green"))));
        }

        var (before, requests) = (Relay.Responses.Count, Relay.Requests.Count);
        await shared.World.Server.RestartAsync();
        await Relay.CutAsync();
        await Eventually.TrueAsync(() => Relay.Requests.Skip(requests).Any(request => request.InitialResourceVersions.Count > 0), XdsStack.Limit);
        await ns.ReadyAsync("marker", Spec.External(ns.Host("marker"), Spec.All(Spec.To("blue"))));

        Assert.Equal(
            [$"external|{ns.Host("marker")}", $"local|{ns.Host("marker")}", $"{ns.Name}/marker/external", $"{ns.Name}/marker/local"],
            Relay.Responses.Skip(before).SelectMany(response => response.Resources).Select(resource => resource.Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trap("a node's description of itself has 61 KB")]
    public async Task NodeIsDescribed_InTheFirstMessageOfAStreamAlone()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("node", Spec.External(ns.Host("node"), Spec.All(Spec.To("runtime"))));

        var nodes = Relay.Requests.Select(request => request.Node is not null).ToList();

        // Once, and once more for each time that another test has cut the stream.
        Assert.True(nodes[0]);
        Assert.InRange(nodes.Count(described => described), 1, nodes.Count / 4);
        Assert.All(Relay.Requests.Where(request => request.Node is not null), request => Assert.Equal("", request.ResponseNonce));
    }

    [Fact]
    [Trap("statistics of clusters are left out")]
    public async Task Bootstrap_NoStatisticsPerClusterHostOrRoute()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("stats", Spec.External(ns.Host("stats"), Spec.All(Spec.To("runtime"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("stats"))).Code);
        using var admin = new HttpClient { BaseAddress = await shared.World.Envoy.AdminAsync() };

        var names = (await admin.GetStringAsync(new Uri("stats", UriKind.Relative), TestContext.Current.CancellationToken)).Split('\n');

        Assert.DoesNotContain(names, name => name.StartsWith("cluster.", StringComparison.Ordinal) || name.StartsWith("vhost.", StringComparison.Ordinal) || name.Contains(".rds.", StringComparison.Ordinal));
        Assert.Contains(names, name => name.StartsWith("http.external.", StringComparison.Ordinal));
    }
}
