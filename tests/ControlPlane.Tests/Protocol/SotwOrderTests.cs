using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What waits for what in the state-of-the-world variant; docs/compatibility.md lists the rules.</summary>
public sealed class SotwOrderTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void EndpointsBeforeClusters_OnANewStream_AreAnsweredAndFollowTheClustersAgain()
    {
        _store.With(Sample.Cluster("c"), Sample.Assignment("c"));
        var client = new SotwClient(_store);
        var endpoints = Assert.Single(client.Resume(ClusterLoadAssignment, "v", "c"));
        Assert.Single(client.Resume(Cluster, "v"));

        var again = Assert.Single(client.Ack(endpoints, "c"));
        Assert.Equal([Sample.Assignment("c").Body], again.Resources);
        Assert.Empty(client.Ack(again, "c"));
    }

    [Fact]
    public void EndpointsAskedForAgainAfterTheirCluster_TheRequestThatLooksLikeAnAckIsAnswered()
    {
        _store.With(Sample.Cluster("c"), Sample.Assignment("c"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster)));
        client.Ack(Assert.Single(client.Ask(ClusterLoadAssignment, "c")), "c");

        var responses = client.Push(Sample.Cluster("c", 1));

        // Sent behind the cluster already, so that the request, whenever it comes, finds it on its way.
        Assert.Equal([Cluster.TypeUrl(), ClusterLoadAssignment.TypeUrl()], responses.Select(response => response.TypeUrl));
        Assert.Empty(client.Ack(responses[1], "c"));
    }

    [Fact]
    public void RemovedCluster_StaysInTheSetUntilTheRoutesThatUsedItAreAcked()
    {
        var client = Running("c1", "c2");
        _store.Remove(new(Cluster, "c2"));
        var routes = Assert.Single(client.Push(Sample.Routes("r", "c1")));
        Assert.Equal(RouteConfiguration.TypeUrl(), routes.TypeUrl);

        Assert.Equal([Sample.Cluster("c1").Body], Assert.Single(client.Ack(routes, "r")).Resources);
    }

    [Fact]
    public void AddedAndRemovedCluster_SetIsTheUnionFirst()
    {
        var client = Running("c1");
        _store.Remove(new(Cluster, "c1"));
        var union = Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c2")));
        Assert.Equal([Sample.Cluster("c1").Body, Sample.Cluster("c2").Body], union.Resources);
        var routes = Assert.Single(client.Ack(union));
        Assert.Equal([Sample.Routes("r", "c2").Body], routes.Resources);

        Assert.Equal([Sample.Cluster("c2").Body], Assert.Single(client.Ack(routes, "r")).Resources);
    }

    [Fact]
    public void RemovedCluster_ClientThatNeverAcksItsRoutes_LosesItAfterTheLimit()
    {
        var client = Running("c1", "c2");
        _store.Remove(new(Cluster, "c2"));
        client.Push(Sample.Routes("r", "c1"));
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks - 1));

        Assert.Equal([Sample.Cluster("c1").Body], Assert.Single(client.Tick()).Resources);
        Assert.Equal([new StreamEffect.Released(Cluster, 1)], client.Effects.OfType<StreamEffect.Released>());
    }

    [Fact]
    public void FreshClient_RoutesDoNotWait()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"));
        var client = new SotwClient(_store);
        client.Ask(Cluster);

        Assert.Single(client.Ask(RouteConfiguration, "r"));
    }

    /// <summary>A client that holds clusters and routes <c>r</c> to them.</summary>
    private SotwClient Running(params string[] clusters)
    {
        _store.With([.. clusters.Select(name => Sample.Cluster(name)), Sample.Routes("r", clusters)]);
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster)));
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "r")), "r");
        return client;
    }
}
