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
    public void Push_Order_IsClustersEndpointsSecretsListenersScopesRoutes()
    {
        var client = new SotwClient(_store);
        foreach (var type in ResourceTypes.All)
        {
            client.Ask(type, type.IsCollection() ? [] : ["x"]).ForEach(response => client.Ack(response));
        }

        var responses = client.Push(Sample.Routes("x", "x"), Sample.Scope("x", "x"), Sample.Listener("x"), Sample.Secret("x"), Sample.Assignment("x"), Sample.Cluster("x"));

        ResourceType[] order = [Cluster, ClusterLoadAssignment, Secret, Listener, ScopedRouteConfiguration, RouteConfiguration];
        Assert.Equal(order.Select(type => type.TypeUrl()), responses.Select(response => response.TypeUrl));
    }

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
    public void RoutesToANewCluster_WaitForTheAckOfTheSet()
    {
        var client = Running("c1");
        var clusters = Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2")));
        Assert.Equal([Sample.Cluster("c1").Body, Sample.Cluster("c2").Body], clusters.Resources);
        Assert.True(client.IsHolding);

        Assert.Equal([Sample.Routes("r", "c1", "c2").Body], Assert.Single(client.Ack(clusters)).Resources);
        Assert.False(client.IsHolding);
    }

    [Fact]
    public void RoutesToANewCluster_ClientThatNeverAcks_AreReleased()
    {
        var client = Running("c1");
        Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2")));
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks - 1));

        Assert.Equal([Sample.Routes("r", "c1", "c2").Body], Assert.Single(client.Tick()).Resources);
        Assert.Equal([new StreamEffect.Released(RouteConfiguration, 1)], client.Effects.OfType<StreamEffect.Released>());
    }

    [Fact]
    public void RoutesToARefusedCluster_KeepTheirLastGoodVersion()
    {
        var client = Running("c1");
        var clusters = Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2")));

        Assert.Empty(client.Nack(clusters, "refused"));
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks));
    }

    [Fact]
    public void RoutesToARefusedCluster_FollowItWhenItIsMended()
    {
        var client = Running("c1");
        client.Nack(Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"))), "refused");
        client.Tick(StreamPolicy.Default.HoldTicks);

        // The time that they waited for the refused version is not counted against this one.
        var clusters = Assert.Single(client.Push(Sample.Cluster("c2", 1)));
        Assert.Equal([Sample.Cluster("c1").Body, Sample.Cluster("c2", 1).Body], clusters.Resources);
        Assert.Equal([Sample.Routes("r", "c1", "c2").Body], Assert.Single(client.Ack(clusters)).Resources);
    }

    [Fact]
    public void RoutesToAClusterThatIsRefusedAgain_KeepTheirLastGoodVersion()
    {
        var client = Running("c1");
        client.Nack(Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"))), "refused");
        client.Tick(StreamPolicy.Default.HoldTicks);

        Assert.Empty(client.Nack(Assert.Single(client.Push(Sample.Cluster("c2", 1))), "refused"));
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks));
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
    public void RemovedCluster_RoutesThatUsedItAreRefused_LeavesAfterTheyAreMendedAndAcked()
    {
        var client = Running("c1", "c2");
        _store.Remove(new(Cluster, "c2"));
        client.Nack(Assert.Single(client.Push(Sample.Routes("r", "c1"))), "refused", "r");
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks));
        var mended = Assert.Single(client.Push(Sample.Routes("r", "c1", "c1")));
        Assert.Empty(client.Tick());

        Assert.Equal([Sample.Cluster("c1").Body], Assert.Single(client.Ack(mended, "r")).Resources);
    }

    [Fact]
    public void RemovedClusterThatComesBackWhileHeld_IsInEverySet()
    {
        var client = Running("c1", "c2");
        _store.Remove(new(Cluster, "c2"));
        var routes = Assert.Single(client.Push(Sample.Routes("r", "c1")));
        Assert.Empty(client.Push(Sample.Cluster("c2")));

        Assert.Empty(client.Ack(routes, "r"));
        Assert.Equal([Sample.Cluster("c1", 1).Body, Sample.Cluster("c2").Body], Assert.Single(client.Push(Sample.Cluster("c1", 1))).Resources);
    }

    [Fact]
    public void ScopeMovedToRoutesThatTheClientLacks_IsWarmedFirst()
    {
        var client = Running("c1");
        var warming = Assert.Single(client.Push(Sample.Routes("other", "c1"), Sample.Scope("s", "other")));
        // The set is whole: the scope that is to move is in it, where it is.
        Assert.Equal([Sample.Scope("s", "r").Body, Sample.Scope("~warm/other", "other").Body], warming.Resources);
        Assert.Empty(client.Ack(warming));

        var routes = Assert.Single(client.AskAgain(RouteConfiguration, "r", "other"));
        Assert.Equal([Sample.Routes("other", "c1").Body], routes.Resources);
        var moved = Assert.Single(client.Ack(routes, "r", "other"));
        Assert.Equal([Sample.Scope("s", "other").Body], moved.Resources);
        Assert.Empty(client.Ack(moved));
        Assert.False(client.IsHolding);
    }

    [Fact]
    public void ScopeMovedToRoutesThatAreRefused_ItsWarmingScopeStaysUntilTheyAreMended()
    {
        var client = Running("c1");
        client.Ack(Assert.Single(client.Push(Sample.Routes("other", "c1"), Sample.Scope("s", "other"))));
        var refused = Assert.Single(client.AskAgain(RouteConfiguration, "r", "other"));
        Assert.Empty(client.Nack(refused, "refused", "r", "other"));
        // By it alone the client goes on asking for these routes.
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks));

        var mended = Assert.Single(client.Push(Sample.Routes("other", "c1", "c1")));
        Assert.Equal([Sample.Routes("other", "c1", "c1").Body], mended.Resources);
        Assert.Equal([Sample.Scope("s", "other").Body], Assert.Single(client.Ack(mended, "r", "other")).Resources);
    }

    [Fact]
    public void ScopeMovedToRoutesThatTheClientHolds_WaitsForTheirNewVersion()
    {
        var client = Running("c1");
        Assert.Empty(client.Push(Sample.Routes("other", "c1")));
        client.Ack(Assert.Single(client.AskAgain(RouteConfiguration, "r", "other")), "r", "other");

        // First the host's new home, then the host, and only then is it taken out of its old home.
        var home = Assert.Single(client.Push(Sample.Routes("other", "c1", "c1"), Sample.Routes("r"), Sample.Scope("s", "other")));
        Assert.Equal([Sample.Routes("other", "c1", "c1").Body], home.Resources);
        var moved = Assert.Single(client.Ack(home, "r", "other"));
        Assert.Equal([Sample.Scope("s", "other").Body], moved.Resources);
        var left = Assert.Single(client.Ack(moved));
        Assert.Equal([Sample.Routes("r").Body], left.Resources);
        Assert.Empty(client.Ack(left, "r", "other"));
    }

    [Fact]
    public void FreshClient_RoutesDoNotWait()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"));
        var client = new SotwClient(_store);
        client.Ask(Cluster);

        Assert.Single(client.Ask(RouteConfiguration, "r"));
    }

    /// <summary>A client that holds clusters, routes <c>r</c> to them, and scope <c>s</c> to <c>r</c>.</summary>
    private SotwClient Running(params string[] clusters)
    {
        _store.With([.. clusters.Select(name => Sample.Cluster(name)), Sample.Routes("r", clusters), Sample.Scope("s", "r")]);
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster)));
        client.Ack(Assert.Single(client.Ask(ScopedRouteConfiguration)));
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "r")), "r");
        return client;
    }
}
