using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

public sealed class DeltaMachineTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void FirstWildcard_NothingToSend_IsAnsweredEmpty()
    {
        var response = new DeltaClient(_store).Subscribe(Cluster).Receive(Cluster);

        Assert.Empty(response.Resources);
        Assert.Empty(response.RemovedResources);
    }

    [Fact]
    public void MissingTypeUrl_EndsTheStream()
    {
        var client = new DeltaClient(_store).Send(new());

        Assert.Equal(StreamEndReason.InvalidRequest, Assert.IsType<StreamEffect.End>(Assert.Single(client.Effects)).Reason);
    }

    [Fact]
    public void MissingNode_EndsTheStream()
    {
        var effects = new DeltaMachine(StreamPolicy.Default, _store.Current).OnRequest(new() { TypeUrl = Cluster.TypeUrl() });

        Assert.Contains("node.id", Assert.IsType<StreamEffect.End>(Assert.Single(effects)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownType_IsMetWithSilenceAndReportedOnce()
    {
        var client = new DeltaClient(_store).Send(new() { TypeUrl = "type.googleapis.com/some.New" }).Send(new() { TypeUrl = "type.googleapis.com/some.New" });

        Assert.Empty(client.Inbox);
        Assert.Equal(new StreamEffect.UnknownType("type.googleapis.com/some.New"), Assert.Single(client.Effects));
    }

    [Fact]
    public void TooManyNames_EndsTheStream()
    {
        var client = new DeltaClient(_store, new StreamPolicy { MaxNames = 2 }).Subscribe(RouteConfiguration, "a", "b", "c");

        Assert.Equal(StreamEndReason.TooMany, Assert.IsType<StreamEffect.End>(client.Effects[^1]).Reason);
    }

    [Fact]
    public void EmptyListOfByNameType_MeansNothing()
    {
        _store.With(Sample.Routes("r"));

        Assert.Empty(new DeltaClient(_store).Subscribe(RouteConfiguration).Inbox);
    }

    [Fact]
    public void UnknownName_IsAnsweredAsRemovedAndSentWhenItAppears()
    {
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        Assert.Equal(["r"], client.Accept(RouteConfiguration).RemovedResources);

        _store.With(Sample.Routes("r"));

        Assert.Equal("r", Assert.Single(client.Push().Receive(RouteConfiguration).Resources).Name);
    }

    [Fact]
    public void NameSubscribedAgain_IsAnsweredThoughUnchanged()
    {
        _store.With(Sample.Assignment("e"));
        var client = new DeltaClient(_store).Subscribe(ClusterLoadAssignment, "e");
        client.Accept(ClusterLoadAssignment);

        Assert.Equal("e", Assert.Single(client.Subscribe(ClusterLoadAssignment, "e").Receive(ClusterLoadAssignment).Resources).Name);
    }

    [Fact]
    public void Reconnect_SameVersions_SendsOnlyWhatDiffers()
    {
        _store.With(Sample.Cluster("same"), Sample.Cluster("changed", 1), Sample.Cluster("new"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r").Send(new()
        {
            TypeUrl = Cluster.TypeUrl(),
            InitialResourceVersions = { { "same", Sample.Cluster("same").Version }, { "changed", Sample.Cluster("changed").Version }, { "gone", "x" } },
        });
        client.Receive(RouteConfiguration);
        var response = client.Receive(Cluster);

        Assert.Equal(["changed", "new"], response.Resources.Select(resource => resource.Name));
        Assert.Equal(["gone"], response.RemovedResources);
    }

    [Fact]
    public void Reconnect_NewRoutesAreRefused_ClustersOfTheFormerOnesStayForAsLongAsThat()
    {
        _store.With(Sample.Cluster("new"), Sample.Routes("r", "new"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "old", Sample.Cluster("old").Version } } });
        client.Accept(Cluster);
        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, InitialResourceVersions = { { "r", Sample.Routes("r", "old").Version } } });
        client.Nack(client.Receive(RouteConfiguration));

        client.Tick(3 * StreamPolicy.Default.HoldTicks);
        Assert.Empty(client.Inbox);

        _store.With(Sample.Cluster("mended"), Sample.Routes("r", "mended"));
        client.Push().Accept(Cluster);
        client.Accept(RouteConfiguration);
        Assert.Equal(["old"], client.Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void Reconnect_ClusterReplacedMeanwhile_LeavesAfterTheRoutesThatUsedItAreAcked()
    {
        _store.With(Sample.Cluster("new"), Sample.Routes("r", "new"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "old", Sample.Cluster("old").Version } } });

        // The client has yet to say that it holds routes to "old".
        var clusters = client.Accept(Cluster);
        Assert.Equal(["new"], clusters.Resources.Select(resource => resource.Name));
        Assert.Empty(clusters.RemovedResources);
        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, InitialResourceVersions = { { "r", Sample.Routes("r", "old").Version } } });
        client.Accept(RouteConfiguration);

        Assert.Equal(["old"], client.Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void Reconnect_UsersNeverAskedFor_RemovalGoesOutWhenHoldsEnd()
    {
        _store.With(Sample.Cluster("new"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "old", "x" } } });
        client.Accept(Cluster);

        Assert.True(client.IsHolding);
        Assert.Equal(["old"], client.Release().Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void Reconnect_ByNameAllEqual_IsSilent()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Send(new()
        {
            TypeUrl = RouteConfiguration.TypeUrl(),
            ResourceNamesSubscribe = { "r" },
            InitialResourceVersions = { { "r", Sample.Routes("r").Version } },
        });

        Assert.Empty(client.Inbox);
        Assert.Equal([new AckedResource("r", Sample.Routes("r").Version)], client.Effects.OfType<StreamEffect.Acked>().Single().Resources);
    }

    [Fact]
    public void WildcardThenName_UnsubscribeName_TellsTheClientAgain()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Subscribe(Cluster, "a", "gone");
        client.Accept(Cluster);

        var response = client.Unsubscribe(Cluster, "a", "gone").Receive(Cluster);

        Assert.Equal("a", Assert.Single(response.Resources).Name);
        Assert.Equal(["gone"], response.RemovedResources);
    }

    [Fact]
    public void WildcardDropped_OnlyNamesStay()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster, "*", "a");
        client.Accept(Cluster);
        client.Unsubscribe(Cluster, "*");

        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));

        Assert.Equal(["a"], client.Push().Receive(Cluster).Resources.Select(resource => resource.Name));
    }

    [Fact]
    public void SubscribeAndUnsubscribeInOneMessage_EndsUnsubscribed()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, ResourceNamesUnsubscribe = { "r" } });

        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void StaleNonce_KeepsItsSubscriptionChange()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResponseNonce = "stale", ResourceNamesSubscribe = { "b" } });

        Assert.Equal("b", Assert.Single(client.Receive(RouteConfiguration).Resources).Name);
    }

    [Fact]
    public void SlowClient_IsSentTheNewestVersionAlone()
    {
        _store.With(Sample.Cluster("a", 1));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        var first = client.Receive(Cluster);
        for (uint i = 2; i < 100; i++)
        {
            _store.With(Sample.Cluster("a", i));
            client.Push();
        }

        Assert.Empty(client.Inbox);
        Assert.Equal(Sample.Cluster("a", 99).Version, Assert.Single(client.Ack(first).Receive(Cluster).Resources).Version);
    }

    [Fact]
    public void Push_Order_IsClustersEndpointsScopesRoutes()
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

        _store.With(Sample.Routes("x", "x"), Sample.Scope("x", "x"), Sample.Listener("x"), Sample.Assignment("x"), Sample.Cluster("x"));
        client.Push();

        Assert.Equal([Cluster, ClusterLoadAssignment, Listener, ScopedRouteConfiguration, RouteConfiguration], client.Inbox.Select(item => item.Type));
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
    public void Nack_LoneResource_IsNotRepeatedUntilItsContentChanges()
    {
        _store.With(Sample.Cluster("c", 1));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        _store.With(Sample.Cluster("c", 2));
        client.Nack(client.Push().Receive(Cluster), "bad cluster").Push();
        Assert.Empty(client.Inbox);
        Assert.Equal("bad cluster", Assert.IsType<StreamEffect.Nacked>(client.Effects[^1]).Message);

        // Back to what the client holds: sent all the same, as it clears the refusal.
        _store.With(Sample.Cluster("c", 1));

        Assert.Equal(Sample.Cluster("c", 1).Version, Assert.Single(client.Push().Receive(Cluster).Resources).Version);
    }

    [Fact]
    public void Nack_ThenBackToWhatTheClientHolds_IsSentAllTheSame()
    {
        _store.With(Sample.Routes("a", "good"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a", "b");
        client.Accept(RouteConfiguration);
        _store.With(Sample.Routes("a", "bad"));
        client.Nack(client.Push().Receive(RouteConfiguration));

        _store.With(Sample.Routes("a", "good"));

        Assert.Equal([("a", Sample.Routes("a", "good").Version)], client.Push().Receive(RouteConfiguration).Resources.Select(resource => (resource.Name, resource.Version)));
    }

    [Fact]
    public void Nack_OneOfFourRoutes_TheOthersAreTakenAndTheBadOneNamedAlone()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("bad"), Sample.Routes("c"), Sample.Routes("d"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a", "bad", "c", "d");
        var taken = new List<string>();
        while (client.Inbox.Count > 0)
        {
            var response = client.Receive(RouteConfiguration);
            var names = response.Resources.Select(resource => resource.Name).ToList();
            _ = names.Contains("bad") ? client.Nack(response) : client.Ack(response);
            taken.AddRange(names.Contains("bad") ? [] : names);
        }

        Assert.Equal(["a", "c", "d"], taken.Order());
        Assert.Equal(["bad"], client.Effects.OfType<StreamEffect.Nacked>().Last().Resources.Select(resource => resource.Name));
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

    [Fact]
    public void BigPush_IsCutByBytesAndContinuedAfterTheAck()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"r{i}")];
        _store.With([.. names.Select(name => Sample.Routes(name, "a-cluster-name"))]);
        var client = new DeltaClient(_store, new StreamPolicy { MaxResponseBytes = 100 }).Subscribe(RouteConfiguration, names);
        var received = new List<string>();
        while (client.Inbox.Count > 0)
        {
            var response = client.Accept(RouteConfiguration);
            Assert.InRange(response.Resources.Count, 1, 9);
            received.AddRange(response.Resources.Select(resource => resource.Name));
        }

        Assert.Equal(names, received);
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
