using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What waits for what in the incremental variant; docs/compatibility.md lists the rules.</summary>
public sealed class DeltaOrderTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Push_Order_IsClustersEndpointsSecretsListenersScopesRoutes()
    {
        var client = new DeltaClient(_store);
        foreach (var type in ResourceTypes.All)
        {
            client.Subscribe(type, type.IsCollection() ? [] : ["x"]);
        }

        while (client.Inbox.TryDequeue(out var next))
        {
            client.Ack(next.Response);
        }

        _store.With(Sample.Routes("x", "x"), Sample.Scope("x", "x"), Sample.Listener("x"), Sample.Secret("x"), Sample.Assignment("x"), Sample.Cluster("x"));
        client.Push();

        Assert.Equal([Cluster, ClusterLoadAssignment, Secret, Listener, ScopedRouteConfiguration, RouteConfiguration], client.Inbox.Select(item => item.Type));
    }

    [Fact]
    public void ModifiedCluster_ItsEndpointsFollowThoughUnchanged()
    {
        _store.With(Sample.Cluster("c"), Sample.Assignment("c"));
        var client = new DeltaClient(_store).Subscribe(Cluster).Subscribe(ClusterLoadAssignment, "c");
        client.Accept(Cluster);
        client.Accept(ClusterLoadAssignment);

        _store.With(Sample.Cluster("c", 1));
        client.Push();

        client.Receive(Cluster);
        Assert.Equal("c", Assert.Single(client.Receive(ClusterLoadAssignment).Resources).Name);
    }

    [Fact]
    public void RoutesToANewCluster_WaitForItsAck()
    {
        var client = Running("c1");
        _store.With(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"));
        var cluster = client.Push().Receive(Cluster);
        Assert.Empty(client.Inbox);
        Assert.True(client.IsHolding);

        client.Ack(cluster);

        Assert.Equal("r", Assert.Single(client.Receive(RouteConfiguration).Resources).Name);
        Assert.False(client.IsHolding);
    }

    [Fact]
    public void RoutesToANewCluster_ClientThatNeverAcks_AreReleased()
    {
        var client = Running("c1");
        _store.With(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"));
        client.Push().Receive(Cluster);

        Assert.Equal("r", Assert.Single(client.Release().Receive(RouteConfiguration).Resources).Name);
    }

    [Fact]
    public void RoutesToARefusedCluster_KeepTheirLastGoodVersion()
    {
        var client = Running("c1");
        _store.With(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"));
        client.Nack(client.Push().Receive(Cluster)).Release();

        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void RoutesToARefusedCluster_FollowItWhenItIsMended()
    {
        var client = Running("c1");
        _store.With(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"));
        client.Nack(client.Push().Receive(Cluster)).Release();
        _store.With(Sample.Cluster("c2", 1));
        var mended = client.Push().Receive(Cluster);
        // The time that they waited for the refused version is not counted against this one.
        Assert.Empty(client.Inbox);

        client.Ack(mended);

        Assert.Equal(Sample.Routes("r", "c1", "c2").Version, Assert.Single(client.Receive(RouteConfiguration).Resources).Version);
    }

    [Fact]
    public void RoutesToAClusterThatIsRefusedAgain_KeepTheirLastGoodVersion()
    {
        var client = Running("c1");
        _store.With(Sample.Cluster("c2"), Sample.Routes("r", "c1", "c2"));
        client.Nack(client.Push().Receive(Cluster)).Release();
        _store.With(Sample.Cluster("c2", 1));

        client.Nack(client.Push().Receive(Cluster)).Release();

        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void RemovedCluster_LeavesAfterTheRoutesThatUsedItAreAcked()
    {
        var client = Running("c1", "c2");
        _store.With(Sample.Routes("r", "c1"));
        _store.Remove(new(Cluster, "c2"));
        _store.Publish();
        var routes = client.Push().Receive(RouteConfiguration);
        Assert.Empty(client.Inbox);

        client.Ack(routes);

        Assert.Equal(["c2"], client.Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void RemovedCluster_RoutesThatUsedItAreRefused_LeavesAfterTheyAreMendedAndAcked()
    {
        var client = Running("c1", "c2");
        _store.With(Sample.Routes("r", "c1"));
        _store.Remove(new(Cluster, "c2"));
        _store.Publish();
        client.Nack(client.Push().Receive(RouteConfiguration)).Release();
        _store.With(Sample.Routes("r", "c1", "c1"));
        var mended = client.Push().Receive(RouteConfiguration);
        Assert.Empty(client.Tick().Inbox);

        client.Ack(mended);

        Assert.Equal(["c2"], client.Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void RemovedClusterThatComesBackWhileHeld_IsNeverRemoved()
    {
        var client = Running("c1", "c2");
        _store.With(Sample.Routes("r", "c1"));
        _store.Remove(new(Cluster, "c2"));
        _store.Publish();
        var routes = client.Push().Receive(RouteConfiguration);
        _store.With(Sample.Cluster("c2"));

        client.Push().Ack(routes);

        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void ScopeMovedToRoutesThatTheClientLacks_IsWarmedFirst()
    {
        var client = Running("c1");
        _store.With(Sample.Routes("other", "c1"), Sample.Scope("s", "other"));

        var helper = Assert.Single(client.Push().Accept(ScopedRouteConfiguration).Resources);
        Assert.Equal("~warm/other", helper.Name);
        Assert.Empty(client.Inbox);

        client.Subscribe(RouteConfiguration, "other").Accept(RouteConfiguration);
        var moved = client.Accept(ScopedRouteConfiguration);
        Assert.Equal("s", Assert.Single(moved.Resources).Name);
        Assert.Equal(["~warm/other"], moved.RemovedResources);
    }

    [Fact]
    public void ScopeMovedToRoutesThatAreRefused_ItsWarmingScopeStaysUntilTheyAreMended()
    {
        var client = Running("c1");
        _store.With(Sample.Routes("other", "c1"), Sample.Scope("s", "other"));
        client.Push().Accept(ScopedRouteConfiguration);
        client.Nack(client.Subscribe(RouteConfiguration, "other").Receive(RouteConfiguration)).Release();
        // By it alone the client goes on asking for these routes.
        Assert.Empty(client.Inbox);

        _store.With(Sample.Routes("other", "c1", "c1"));
        client.Push().Accept(RouteConfiguration);

        var moved = client.Accept(ScopedRouteConfiguration);
        Assert.Equal("s", Assert.Single(moved.Resources).Name);
        Assert.Equal(["~warm/other"], moved.RemovedResources);
    }

    [Fact]
    public void ScopeMovedToRoutesThatTheClientHolds_WaitsForTheirNewVersion()
    {
        var client = Running("c1");
        _store.With(Sample.Routes("other", "c1"));
        client.Subscribe(RouteConfiguration, "other").Accept(RouteConfiguration);
        _store.With(Sample.Routes("other", "c1", "c1"), Sample.Routes("r"), Sample.Scope("s", "other"));

        // First the host's new home, then the host, and only then is it taken out of its old home.
        Assert.Equal("other", Assert.Single(client.Push().Accept(RouteConfiguration).Resources).Name);
        Assert.Equal("s", Assert.Single(client.Accept(ScopedRouteConfiguration).Resources).Name);
        Assert.Equal("r", Assert.Single(client.Accept(RouteConfiguration).Resources).Name);
        Assert.Empty(client.Inbox);
    }

    /// <summary>A client that holds clusters, routes <c>r</c> to them, and scope <c>s</c> to <c>r</c>.</summary>
    private DeltaClient Running(params string[] clusters)
    {
        _store.With([.. clusters.Select(name => Sample.Cluster(name)), Sample.Routes("r", clusters), Sample.Scope("s", "r")]);
        var client = new DeltaClient(_store).Subscribe(Cluster).Subscribe(ScopedRouteConfiguration).Subscribe(RouteConfiguration, "r");
        client.Accept(Cluster);
        client.Accept(ScopedRouteConfiguration);
        client.Accept(RouteConfiguration);
        return client;
    }
}
