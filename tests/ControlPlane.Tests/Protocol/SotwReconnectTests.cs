using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What a state-of-the-world client is sent that comes back; docs/compatibility.md lists the rules.</summary>
public sealed class SotwReconnectTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Reconnect_ByNameAtTheCurrentVersion_IsSentAgain_AsTheClientMayHaveGivenANameUp()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var former = new SotwClient(_store);
        var taken = Assert.Single(former.Ask(RouteConfiguration, "a", "b"));
        former.Ack(taken, "a", "b");
        // With the name goes its copy. When it asks for it again the stream breaks: no answer has come that would have changed the version that it tells.
        Assert.Empty(former.Ack(taken, "a"));

        var response = Assert.Single(new SotwClient(_store).Resume(RouteConfiguration, taken.VersionInfo, "a", "b"));

        Assert.Equal([Sample.Routes("a").Body, Sample.Routes("b").Body], response.Resources);
    }

    [Fact]
    public void Reconnect_CollectionAtTheCurrentVersion_IsSentAgain_AsTheClientMayHaveAppliedAPartOfARefusedSet()
    {
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));
        var former = new SotwClient(_store);
        var taken = Assert.Single(former.Ask(Cluster));
        former.Ack(taken);
        // Envoy applies the good clusters of a set that it refuses, and goes on telling the version before.
        former.Nack(Assert.Single(former.Push(Sample.Cluster("a", 2), Sample.Cluster("b", 2))), "b is bad");
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));

        var response = Assert.Single(new SotwClient(_store).Resume(Cluster, taken.VersionInfo));

        Assert.Equal([Sample.Cluster("a", 1).Body, Sample.Cluster("b", 1).Body], response.Resources);
    }

    [Fact]
    public void Reconnect_RoutesToNewClusters_WaitForThoseClusters()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Resume(Cluster, "v"));
        Assert.Empty(client.Resume(RouteConfiguration, "v", "r"));
        var clusters = Assert.Single(client.Tick());

        Assert.Equal([Sample.Routes("r", "c1").Body], Assert.Single(client.Ack(clusters)).Resources);
    }

    [Fact]
    public void Reconnect_ClusterThatIsGone_StaysUntilTheRoutesThatUseItHaveMoved()
    {
        // A server that was started anew: c2 left the routes while there was none.
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Resume(Cluster, "v"));
        Assert.Empty(client.Resume(ClusterLoadAssignment, "v", "c1", "c2"));
        var routes = Assert.Single(client.Resume(RouteConfiguration, "v", "r"));
        Assert.Equal([Sample.Routes("r", "c1").Body], routes.Resources);
        Assert.Empty(client.Tick());

        var clusters = Assert.Single(client.Ack(routes, "r"));

        Assert.Equal([Sample.Cluster("c1").Body], clusters.Resources);
        Assert.Empty(client.Ack(clusters));
    }

    [Fact]
    public void Reconnect_ClusterThatIsGone_EndpointsAskedForFirst_StaysUntilTheRoutesHaveMoved()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Resume(ClusterLoadAssignment, "v", "c1", "c2"));
        Assert.Empty(client.Resume(Cluster, "v"));

        var routes = Assert.Single(client.Resume(RouteConfiguration, "v", "r"));

        Assert.Equal([Sample.Cluster("c1").Body], Assert.Single(client.Ack(routes, "r")).Resources);
    }

    [Fact]
    public void Reconnect_NoClusterIsGone_TheSetIsSentAsSoonAsThatIsKnown()
    {
        _store.With(Sample.Cluster("c1"), Sample.Cluster("c2"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Resume(Cluster, "v"));

        Assert.Equal(2, Assert.Single(client.Resume(ClusterLoadAssignment, "v", "c1")).Resources.Count);
    }

    [Fact]
    public void Reconnect_RoutesNeedANewCluster_TheSetGoesBeforeThem()
    {
        _store.With(Sample.Cluster("c3"), Sample.Routes("r", "c3"));
        var client = new SotwClient(_store);
        client.Resume(Cluster, "v");
        client.Resume(ClusterLoadAssignment, "v", "c1");

        var clusters = Assert.Single(client.Resume(RouteConfiguration, "v", "r"));

        Assert.Equal([Sample.Cluster("c3").Body], clusters.Resources);
        Assert.Equal([Sample.Routes("r", "c3").Body], Assert.Single(client.Ack(clusters)).Resources);
    }

    [Fact]
    public void Reconnect_ClusterThatIsGone_ClientThatNeverAcksItsRoutes_LosesItAfterTheLimit()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"));
        var client = new SotwClient(_store);
        client.Resume(Cluster, "v");
        client.Resume(ClusterLoadAssignment, "v", "c1", "c2");
        client.Resume(RouteConfiguration, "v", "r");
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks - 1));

        Assert.Equal([Sample.Cluster("c1").Body], Assert.Single(client.Tick()).Resources);
    }
}
