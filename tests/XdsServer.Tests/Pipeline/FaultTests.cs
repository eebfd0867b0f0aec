using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>Faults of ours: an object that we stumble over stays as it was, and costs no other anything.</summary>
public sealed class FaultTests
{
    private static readonly ObjectKey Strange = new("ns", "strange");
    private readonly FleetDirectory _fleets = new([new FleetOptions { IngressClasses = ["c"] }]);
    private readonly FakeCluster _cluster;
    private readonly IngressPipeline _pipeline;
    private readonly List<string> _faults = [];

    public FaultTests()
    {
        _cluster = new(_fleets);
        _pipeline = new(_cluster, new TranslationSettings())
        {
            OnFault = (key, fault) => _faults.Add($"ingress {key}: {fault.Message}"),
            OnEndpointFault = (key, fault) => _faults.Add($"endpoints {key}: {fault.Message}"),
        };
    }

    private ResourceStore Store => _fleets.All[0].Store;

    [Fact]
    public void NewIngressCannotBeTranslated_ItSaysSo_AndTheOthersAreServed()
    {
        _cluster.WithService("svc").WithService("strange").Stones.Add("service ns/strange");

        Process(_cluster.WithIngress("bad", "strange", 1, "bad.example.com"), _cluster.WithIngress("good", "svc", 1, "good.example.com"));

        Assert.Equal(["ingress ns/bad: service ns/strange"], _faults);
        Assert.Equal(["external|good.example.com", "local|good.example.com"], Names(ScopedRouteConfiguration));
        var problem = Assert.Single(_pipeline.Entries[new("ns", "bad")].Problems);
        Assert.Equal(("spec", "TranslationFailed"), (problem.Field, problem.Reason));
        Assert.Equal("The server failed to translate it (InvalidOperationException); its log says more.", problem.Message);
        Assert.Equal(1, _pipeline.Troubled);

        // What it depends on is known all the same: it is tried again when that changes.
        _cluster.Stones.Clear();
        _pipeline.MarkService(Strange);
        _pipeline.Process();
        Assert.Contains("external|bad.example.com", Names(ScopedRouteConfiguration));
        Assert.Equal(0, _pipeline.Troubled);
    }

    [Fact]
    public void IngressCannotBeTranslatedAnyMore_ItStaysAsItWasUntilItCan()
    {
        var ingress = _cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com");
        Process(ingress);
        var before = Store.Current;

        _cluster.WithService("strange").Stones.Add("service ns/strange");
        Process(_cluster.WithIngress("a", "strange", 1, "b.example.com"));

        Assert.Equal(2, _pipeline.Entries[ingress].Generation);
        Assert.Equal("TranslationFailed", Assert.Single(_pipeline.Entries[ingress].Problems).Reason);
        Assert.All(ResourceTypes.All, type => Assert.Equal(before[type].Sequence, Store.Current[type].Sequence));

        _cluster.Stones.Clear();
        _pipeline.MarkService(Strange);
        _pipeline.Process();
        Assert.Equal(["external|b.example.com", "local|b.example.com"], Names(ScopedRouteConfiguration));
        Assert.Empty(_pipeline.Entries[ingress].Problems);
    }

    [Fact]
    public void IngressCannotBeRead_ItStaysAsItWas_AndGoesWhenItIsDeleted()
    {
        var ingress = _cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com");
        Process(ingress);

        _cluster.Stones.Add($"ingress {ingress}");
        Process(_cluster.WithIngress("a", "svc", 1, "b.example.com"));
        Assert.Equal(["ingress ns/a: ingress ns/a"], _faults);
        Assert.Equal(["external|a.example.com", "local|a.example.com"], Names(ScopedRouteConfiguration));

        _cluster.Stones.Clear();
        _cluster.IngressesByKey.Remove(ingress);
        Process(ingress);
        Assert.All(ResourceTypes.All, type => Assert.Equal(0, Store.Current[type].Count));
    }

    [Fact]
    public void OneOfManyCannotBeTranslated_AndTheEndpointsOfOneCannotBeComputed_AllOthersAreServed()
    {
        // So many that they are translated on several threads.
        ObjectKey[] ingresses = [.. Enumerable.Range(0, 200).Select(i => _cluster.WithService($"s{i}").WithIngress($"i{i}", $"s{i}", 1, $"h{i}.example.com"))];
        _cluster.Stones.UnionWith(["service ns/s7", "endpoints ns/s8"]);

        Process(ingresses);

        Assert.Equal(["ingress ns/i7: service ns/s7", "endpoints ns/s8: endpoints ns/s8"], _faults);
        Assert.Equal(2 * 199, Store.Current[ScopedRouteConfiguration].Count);
        Assert.Equal(198, Store.Current[ClusterLoadAssignment].Resources.Count(assignment => AddressesOf(assignment).Any()));
        Assert.Empty(AddressesOf("ns/s8/80"));
    }

    [Fact]
    public void EndpointsCannotBeComputed_TheyStayAsTheyWere_AndTheOthersAreFollowed()
    {
        Process(_cluster.WithService("strange").WithIngress("a", "strange", 1, "a.example.com"), _cluster.WithService("svc").WithIngress("b", "svc", 1, "b.example.com"));

        _cluster.Stones.Add("endpoints ns/strange");
        MoveAll("10.0.0.2");
        Assert.Equal(["endpoints ns/strange: endpoints ns/strange"], _faults);
        Assert.Equal(["10.0.0.1"], AddressesOf("ns/strange/80"));
        Assert.Equal(["10.0.0.2"], AddressesOf("ns/svc/80"));

        _cluster.Stones.Clear();
        MoveAll("10.0.0.3");
        Assert.Equal(["10.0.0.3"], AddressesOf("ns/strange/80"));
        Assert.Single(_faults);
    }

    [Fact]
    public void EndpointsOfAnotherServiceCannotBeComputed_AreWaitedForLikeEndpointsThatThereAreNot()
    {
        _pipeline.WaitsForEndpoints = true;
        var ingress = _cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com");
        Process(ingress);

        _cluster.WithService("strange").Stones.Add("endpoints ns/strange");
        Process(_cluster.WithIngress("a", "strange", 1, "a.example.com"));
        Assert.Equal([Strange], _pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/svc/80"], Names(Cluster));

        _cluster.Stones.Clear();
        _pipeline.MarkEndpoints(Strange);
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/strange/80"], Names(Cluster));
    }

    private void MoveAll(string address)
    {
        foreach (var service in _cluster.PodOf.Keys.ToList())
        {
            _cluster.PodOf[service] = address;
            _pipeline.MarkEndpoints(service);
        }

        _pipeline.Process();
    }

    private void Process(params ObjectKey[] ingresses)
    {
        foreach (var ingress in ingresses)
        {
            _pipeline.MarkIngress(ingress);
        }

        _pipeline.Process();
    }

    private IEnumerable<string> Names(ResourceType type) => Store.Current[type].Names.Order(StringComparer.Ordinal);

    private IEnumerable<string> AddressesOf(string cluster) => AddressesOf(Store.Current[ClusterLoadAssignment].Find(cluster)!);

    private static IEnumerable<string> AddressesOf(EncodedResource assignment) => assignment.Body.Unpack<Envoy.Config.Endpoint.V3.ClusterLoadAssignment>().Endpoints
        .SelectMany(locality => locality.LbEndpoints).Select(endpoint => endpoint.Endpoint.Address.SocketAddress.Address);
}
