using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;
using Hosts = Envoy.Config.Route.V3.RouteConfiguration;
using Route = Envoy.Config.Route.V3.Route;
using RouteAction = Envoy.Config.Route.V3.RouteAction;
using VirtualHost = Envoy.Config.Route.V3.VirtualHost;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Ingresses that exchange hosts: each scope waits for the other's routes, and they for the scopes.</summary>
public sealed class HostExchangeTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void TwoRoutesSwapTheirHosts_BothServeBothUntilTheScopesHaveMoved()
    {
        var client = Running();
        Swap();
        client.Push();

        var bridge = client.Accept(RouteConfiguration);
        Assert.Equal(["r1: two.example.com one.example.com", "r2: one.example.com two.example.com"], bridge.Resources.Select(HostsOf));
        Assert.Equal(["s1", "s2"], client.Accept(ScopedRouteConfiguration).Resources.Select(scope => scope.Name));
        var last = client.Accept(RouteConfiguration);
        Assert.Equal(["r1: two.example.com", "r2: one.example.com"], last.Resources.Select(HostsOf));
        Assert.Equal(_store.Current[RouteConfiguration].Find("r1")!.Version, last.Resources[0].Version);
        Assert.Empty(client.Inbox);
        Assert.False(client.IsHolding);
    }

    [Fact]
    public void HostsGoRoundInARing_NobodyWaitsForTheLimit()
    {
        string[] hosts = ["one", "two", "three"];
        _store.With([Sample.Cluster("c"), .. hosts.Select((host, i) => Routes($"r{i}", host)), .. hosts.Select((host, i) => Sample.Scope(host, $"r{i}"))]);
        var client = Connected("r0", "r1", "r2");
        _store.With([.. hosts.Select((host, i) => Routes($"r{(i + 1) % 3}", host)), .. hosts.Select((host, i) => Sample.Scope(host, $"r{(i + 1) % 3}"))]);
        client.Push();

        Assert.Equal(3, client.Accept(RouteConfiguration).Resources.Count);
        Assert.Equal(3, client.Accept(ScopedRouteConfiguration).Resources.Count);
        Assert.Equal(["r0: three", "r1: one", "r2: two"], client.Accept(RouteConfiguration).Resources.Select(HostsOf));
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void BridgeIsRefused_TheNewRoutesGoOutWhenTheLimitHasPassed()
    {
        var client = Running();
        Swap();
        client.Push();
        client.Nack(client.Receive(RouteConfiguration));
        while (client.Inbox.TryDequeue(out var half))
        {
            client.Nack(half.Response);
        }

        client.Release();

        Assert.Equal(["r1: two.example.com", "r2: one.example.com"], client.Accept(RouteConfiguration).Resources.Select(HostsOf));
    }

    [Fact]
    public void RoutesChangeAgainWhileTheScopesMove_TheNewestIsSent()
    {
        var client = Running();
        Swap();
        client.Push();
        client.Accept(RouteConfiguration);
        var scopes = client.Receive(ScopedRouteConfiguration);
        _store.With(Routes("r1", "two.example.com", "three.example.com"));
        client.Push();
        var between = client.Accept(RouteConfiguration);
        Assert.Equal("r1: two.example.com three.example.com one.example.com", HostsOf(Assert.Single(between.Resources)));

        client.Ack(scopes);

        Assert.Equal(["r1: two.example.com three.example.com", "r2: one.example.com"], client.Accept(RouteConfiguration).Resources.Select(HostsOf));
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void StateOfTheWorld_TwoRoutesSwapTheirHosts_BothServeBothUntilTheScopesHaveMoved()
    {
        _store.With(Sample.Cluster("c"), Routes("r1", "one"), Routes("r2", "two"), Sample.Scope("s1", "r1"), Sample.Scope("s2", "r2"));
        var client = new SotwClient(_store);
        client.Ack(client.Ask(Cluster)[0]);
        client.Ack(client.Ask(ScopedRouteConfiguration)[0]);
        client.Ack(client.Ask(RouteConfiguration, "r1", "r2")[0], "r1", "r2");

        var bridge = client.Push(Routes("r1", "two"), Routes("r2", "one"), Sample.Scope("s1", "r2"), Sample.Scope("s2", "r1"));
        Assert.Equal(["r1: two one", "r2: one two"], Assert.Single(bridge).Resources.Select(HostsOf));
        var scopes = Assert.Single(client.Ack(bridge[0], "r1", "r2"));
        Assert.Equal(ScopedRouteConfiguration.TypeUrl(), scopes.TypeUrl);
        Assert.Equal(["r1: two", "r2: one"], Assert.Single(client.Ack(scopes)).Resources.Select(HostsOf));
    }

    private void Swap() => _store.With(Routes("r1", "two.example.com"), Routes("r2", "one.example.com"), Sample.Scope("s1", "r2"), Sample.Scope("s2", "r1"));

    private DeltaClient Running()
    {
        _store.With(Sample.Cluster("c"), Routes("r1", "one.example.com"), Routes("r2", "two.example.com"), Sample.Scope("s1", "r1"), Sample.Scope("s2", "r2"));
        return Connected("r1", "r2");
    }

    private DeltaClient Connected(params string[] routes)
    {
        var client = new DeltaClient(_store).Subscribe(Cluster).Subscribe(ScopedRouteConfiguration).Subscribe(RouteConfiguration, routes);
        client.Accept(Cluster);
        client.Accept(ScopedRouteConfiguration);
        client.Accept(RouteConfiguration);
        return client;
    }

    private static EncodedResource Routes(string name, params string[] hosts) => EncodedResource.Of(new Hosts
    {
        Name = name,
        VirtualHosts = { hosts.Select(host => new VirtualHost { Name = host, Domains = { host }, Routes = { new Route { Route_ = new RouteAction { Cluster = "c" } } } }) },
    });

    private static string HostsOf(Resource resource) => HostsOf(resource.Resource_);

    private static string HostsOf(Any body)
    {
        var routes = body.Unpack<Hosts>();
        return $"{routes.Name}: {string.Join(' ', routes.VirtualHosts.SelectMany(host => host.Domains))}";
    }
}
