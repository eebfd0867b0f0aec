using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What names mean in the state-of-the-world variant; docs/compatibility.md lists the rules.</summary>
public sealed class SotwNameTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Everything_ThenEverythingAgain_StaysEverything()
    {
        _store.With(Sample.Cluster("a"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(Cluster));
        client.Ack(first);
        client.Ack(first);

        Assert.Equal(2, Assert.Single(client.Push(Sample.Cluster("b"))).Resources.Count);
    }

    [Fact]
    public void StarAndName_IsEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));

        Assert.Equal(2, Assert.Single(new SotwClient(_store).Ask(Cluster, "*", "a")).Resources.Count);
    }

    [Fact]
    public void StarDroppedWhileANameStays_IsThatNameAlone()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster, "*", "a")), "a");

        Assert.Empty(client.Push(Sample.Cluster("b", 1)));
        Assert.Equal([Sample.Cluster("a", 1).Body], Assert.Single(client.Push(Sample.Cluster("a", 1))).Resources);
    }

    [Fact]
    public void StarThenNothing_IsNothing()
    {
        _store.With(Sample.Cluster("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster, "*")));

        Assert.Empty(client.Push(Sample.Cluster("a", 1)));
    }

    [Fact]
    public void StarOfAByNameType_MeansNothing()
    {
        _store.With(Sample.Routes("a"));

        Assert.Empty(new SotwClient(_store).Ask(RouteConfiguration, "*"));
    }

    [Fact]
    public void EmptyListOfByNameType_IsMetWithSilence()
    {
        _store.With(Sample.Assignment("a"));

        Assert.Empty(new SotwClient(_store).Ask(ClusterLoadAssignment));
    }

    [Fact]
    public void EmptyListOfAGrpcClient_MeansNothing()
    {
        _store.With(Sample.Listener("a"));

        Assert.Empty(Assert.Single(new SotwClient(_store, userAgent: "gRPC Node Pure JS").Ask(Listener)).Resources);
    }
}
