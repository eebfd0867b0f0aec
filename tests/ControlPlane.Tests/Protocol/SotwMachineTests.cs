using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

public sealed class SotwMachineTests
{
    private readonly ResourceStore _store = new();
    private readonly List<StreamEffect> _effects = [];
    private SotwMachine? _machine;

    [Fact]
    public void FirstCollectionRequest_NothingThere_IsAnsweredEmpty() =>
        Assert.Empty(Assert.Single(Ask(Cluster)).Resources);

    [Fact]
    public void Ack_NothingNew_IsMetWithSilence() =>
        Assert.Empty(Ack(Assert.Single(Ask(Cluster))));

    [Fact]
    public void Collection_OneChange_SendsTheWholeSet()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        Ack(Assert.Single(Ask(Cluster)));

        Assert.Equal(2, Assert.Single(Push(Sample.Cluster("b", 1))).Resources.Count);
    }

    [Fact]
    public void Collection_Removal_IsAbsence()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        Ack(Assert.Single(Ask(Cluster)));
        _store.Remove(new(Cluster, "a"));

        Assert.Equal([Sample.Cluster("b").Body], Assert.Single(Push()).Resources);
    }

    [Fact]
    public void ByName_OneChange_SendsItAlone()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        Ack(Assert.Single(Ask(RouteConfiguration, "a", "b")), "a", "b");

        Assert.Equal([Sample.Routes("b", "x").Body], Assert.Single(Push(Sample.Routes("b", "x"))).Resources);
    }

    [Fact]
    public void ByName_NameAddedWithTheAck_IsAnswered()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var first = Assert.Single(Ask(RouteConfiguration, "a"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void ByName_UnknownName_IsSentWhenItAppears()
    {
        Assert.Empty(Ask(RouteConfiguration, "a"));

        Assert.Equal([Sample.Routes("a").Body], Assert.Single(Push(Sample.Routes("a"))).Resources);
    }

    [Fact]
    public void EmptyListAfterNames_MeansNothing()
    {
        _store.With(Sample.Cluster("a"));
        Ack(Assert.Single(Ask(Cluster, "a")));

        Assert.Empty(Push(Sample.Cluster("a", 1)));
    }

    [Fact]
    public void NamesAfterEmptyList_MeanOnlyThem()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var everything = Assert.Single(Ask(Cluster));
        var narrowed = Assert.Single(Ack(everything, "a"));
        Assert.Equal([Sample.Cluster("a").Body], narrowed.Resources);
        Ack(narrowed, "a");

        Assert.Empty(Push(Sample.Cluster("b", 1)));
    }

    [Fact]
    public void StaleNonce_IsIgnored()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var first = Assert.Single(Ask(RouteConfiguration, "a"));
        Ack(first, "a");
        Push(Sample.Routes("a", "x"));

        Assert.Empty(Ack(first, "a", "b"));
    }

    [Fact]
    public void Nack_Collection_KeepsTheLastGoodVersionAndTakesTheOthers()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        Ack(Assert.Single(Ask(Cluster)));
        var both = Assert.Single(Push(Sample.Cluster("a", 1), Sample.Cluster("b", 13)));

        var onlyA = Assert.Single(Nack(both));
        Assert.Equal([Sample.Cluster("a", 1).Body, Sample.Cluster("b").Body], onlyA.Resources);
        var withB = Assert.Single(Ack(onlyA));
        Assert.Equal([Sample.Cluster("a", 1).Body, Sample.Cluster("b", 13).Body], withB.Resources);
        Assert.Empty(Nack(withB));
        Assert.Equal(["b"], _effects.OfType<StreamEffect.Nacked>().Last().Resources.Select(resource => resource.Name));

        Assert.Equal([Sample.Cluster("a", 2).Body, Sample.Cluster("b").Body], Assert.Single(Push(Sample.Cluster("a", 2))).Resources);
    }

    [Fact]
    public void Nack_CarriesSubscriptionChange()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var first = Assert.Single(Ask(RouteConfiguration, "a"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(Nack(first, "a", "b")).Resources);
    }

    [Fact]
    public void Cluster_ChangedOrNew_EndpointsFollow()
    {
        _store.With(Sample.Cluster("c"), Sample.Assignment("c"));
        Ack(Assert.Single(Ask(Cluster)));
        Ack(Assert.Single(Ask(ClusterLoadAssignment, "c")), "c");

        Assert.Equal([Cluster.TypeUrl(), ClusterLoadAssignment.TypeUrl()], Push(Sample.Cluster("c", 1)).Select(response => response.TypeUrl));
    }

    [Fact]
    public void SlowClient_IsSentTheNewestSetAlone()
    {
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b"), Sample.Cluster("c"));
        var first = Assert.Single(Ask(Cluster));
        for (uint i = 2; i < 100; i++)
        {
            Assert.Empty(Push(Sample.Cluster("a", i)));
        }

        _store.Remove(new(Cluster, "b"));
        Assert.Empty(Push());

        Assert.Equal([Sample.Cluster("a", 99).Body, Sample.Cluster("c").Body], Assert.Single(Ack(first)).Resources);
    }

    [Fact]
    public void SlowClient_ByName_IsSentTheNewestVersionAlone()
    {
        _store.With(Sample.Assignment("a", 1), Sample.Assignment("b"));
        var first = Assert.Single(Ask(ClusterLoadAssignment, "a", "b"));
        for (uint i = 2; i < 100; i++)
        {
            Assert.Empty(Push(Sample.Assignment("a", i)));
        }

        Assert.Equal([Sample.Assignment("a", 99).Body], Assert.Single(Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void Version_OfEqualSets_IsEqual()
    {
        _store.With(Sample.Cluster("a"));
        var first = Assert.Single(Ask(Cluster)).VersionInfo;
        _machine = null;

        Assert.Equal(first, Assert.Single(Ask(Cluster)).VersionInfo);
    }

    private List<DiscoveryResponse> Ask(ResourceType type, params string[] names) => Send(new() { TypeUrl = type.TypeUrl(), ResourceNames = { names } });

    private List<DiscoveryResponse> Ack(DiscoveryResponse response, params string[] names) =>
        Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, VersionInfo = response.VersionInfo, ResourceNames = { names } });

    private List<DiscoveryResponse> Nack(DiscoveryResponse response, params string[] names) =>
        Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ResourceNames = { names }, ErrorDetail = new() { Message = "refused" } });

    private List<DiscoveryResponse> Send(DiscoveryRequest request)
    {
        request.Node = new() { Id = "node" };
        _machine ??= new(StreamPolicy.Default, _store.Current);
        return Take(_machine.OnRequest(request));
    }

    private List<DiscoveryResponse> Push(params EncodedResource[] resources) => Take(_machine!.OnSnapshot(_store.With(resources).Current));

    private List<DiscoveryResponse> Take(IReadOnlyCollection<StreamEffect> effects)
    {
        _effects.AddRange(effects);
        return [.. effects.OfType<StreamEffect.Send>().Select(send => (DiscoveryResponse)send.Response)];
    }
}
