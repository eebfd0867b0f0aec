using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Proxyless;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Proxyless;

public sealed class ProxylessCatalogTests
{
    private const string Host = "hello.default";
    private readonly ResourceStore _store = new();
    private readonly StreamRegistry _gateways = new();
    private readonly ProxylessCatalog _catalog;
    private readonly List<string> _faults = [];
    private ImmutableArray<IPEndPoint> _addresses = [new(IPAddress.Parse("10.0.9.1"), 8081)];

    public ProxylessCatalogTests()
    {
        _catalog = new(_gateways, () => _addresses, (host, fault) => _faults.Add($"{host} {fault.Message}"));
        Serve(Host, "a");
    }

    private ResourceSnapshot Current => _catalog.Streams.Snapshot!;

    [Fact]
    public void NobodyAsks_ThereIsNothing()
    {
        _catalog.Refresh();

        Assert.All(ResourceTypes.All, type => Assert.Equal(0, Current[type].Count));
    }

    [Fact]
    public void Host_IsThereAsSoonAsOneAsks_AndGoesWithTheLast()
    {
        _catalog.Change([Host], []);
        _catalog.Change([Host, "hello.default:80"], []);
        Assert.Equal([Host, "hello.default:80"], Current[ResourceType.Listener].Names.Order(StringComparer.Ordinal));
        Assert.NotNull(Current[ResourceType.ClusterLoadAssignment].Find("default/a/80"));

        _catalog.Change([], [Host]);
        _catalog.Change([], ["hello.default:80"]);
        Assert.Equal([Host], Current[ResourceType.Listener].Names);

        _catalog.Change([], [Host]);
        Assert.All(ResourceTypes.All, type => Assert.Equal(0, Current[type].Count));
        Assert.Equal(0, _catalog.Count);
    }

    [Fact]
    public void LastClientHasGone_NothingOfTheGatewaysIsKept()
    {
        var former = Read();
        Serve("later.default", "b");

        GC.Collect();
        Assert.False(former.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Read()
        {
            _catalog.Change([Host], []);
            _catalog.Change([], [Host]);
            return new(_gateways.Snapshot);
        }
    }

    [Fact]
    public void HostThatComesLater_AppearsWithIt()
    {
        _catalog.Change(["later.default"], []);
        Assert.Null(Current[ResourceType.Listener].Find("later.default"));

        Serve("later.default", "b");
        _catalog.Refresh();

        Assert.NotNull(Current[ResourceType.Listener].Find("later.default"));
    }

    [Fact]
    public void HostThatGoes_GoesHereToo()
    {
        _catalog.Change([Host], []);
        _store.Remove(new(ResourceType.ScopedRouteConfiguration, $"local|{Host}"));
        _gateways.Publish(_store.Publish());
        _catalog.Refresh();

        Assert.Null(Current[ResourceType.Listener].Find(Host));
    }

    [Fact]
    public void ChangeOfAnotherHost_LeavesTheClientsAlone()
    {
        _catalog.Change([Host], []);
        var before = Current;

        Serve("other.default", "b");
        _catalog.Refresh();

        Assert.Same(before, Current);
    }

    [Fact]
    public void Endpoints_ThatMove_AndGateways_ThatMove_AreFollowed()
    {
        _catalog.Change([Host], []);
        Endpoints("a", "10.0.0.7");
        _catalog.Refresh();
        Assert.Equal(["10.0.0.7", "10.0.9.1"], AddressesOf("a"));

        _addresses = [new(IPAddress.Parse("10.0.9.2"), 8081)];
        _catalog.Refresh();
        Assert.Equal(["10.0.0.7", "10.0.9.2"], AddressesOf("a"));
    }

    [Fact]
    public void OneHostCannotBeTranslated_ItStaysAsItWas_AndTheOthersAreFollowed()
    {
        Serve("other.default", "b");
        _catalog.Change([Host, "other.default"], []);

        // No route is without a match, so that nothing expects one.
        _store.Set(EncodedResource.Of(new RouteConfiguration
        {
            Name = $"default/{Host}/local",
            VirtualHosts = { new VirtualHost { Name = Host, Domains = { Host }, Routes = { new Route { Route_ = new RouteAction { Cluster = "default/a/80" } } } } },
        }));
        Endpoints("b", "10.0.0.7");
        _catalog.Refresh();

        Assert.StartsWith($"{Host} ", Assert.Single(_faults), StringComparison.Ordinal);
        Assert.NotNull(Current[ResourceType.Listener].Find(Host));
        Assert.Equal(["10.0.0.7", "10.0.9.1"], AddressesOf("b"));

        Serve(Host, "a");
        _catalog.Refresh();
        Assert.Single(_faults);
        Assert.Equal(["10.0.0.1", "10.0.9.1"], AddressesOf("a"));
    }

    private IEnumerable<string> AddressesOf(string service) =>
        Current[ResourceType.ClusterLoadAssignment].Find($"default/{service}/80")!.Body.Unpack<ClusterLoadAssignment>().Endpoints
            .SelectMany(locality => locality.LbEndpoints).Select(endpoint => endpoint.Endpoint.Address.SocketAddress.Address);

    private void Serve(string host, string service)
    {
        var cluster = $"default/{service}/80";
        _store.Set(EncodedResource.Of(new Cluster { Name = cluster, Type = Cluster.Types.DiscoveryType.Eds }));
        _store.Set(EncodedResource.Of(new RouteConfiguration
        {
            Name = $"default/{host}/local",
            VirtualHosts = { new VirtualHost { Name = host, Domains = { host }, Routes = { new Route { Match = new RouteMatch { Prefix = "/" }, Route_ = new RouteAction { Cluster = cluster } } } } },
        }));
        _store.Set(EncodedResource.Of(new ScopedRouteConfiguration { Name = $"local|{host}", RouteConfigurationName = $"default/{host}/local" }));
        Endpoints(service, "10.0.0.1");
    }

    private void Endpoints(string service, string address)
    {
        _store.Set(EncodedResource.Of(new ClusterLoadAssignment
        {
            ClusterName = $"default/{service}/80",
            Endpoints = { At("", 0, address), At("activator", 1, "10.0.1.1") },
        }));
        _gateways.Publish(_store.Publish());
    }

    private static LocalityLbEndpoints At(string zone, uint priority, string address) => new()
    {
        Locality = new Locality { SubZone = zone },
        Priority = priority,
        LbEndpoints = { new LbEndpoint { Endpoint = new Endpoint { Address = new Address { SocketAddress = new() { Address = address, PortValue = 80 } } } } },
    };
}
