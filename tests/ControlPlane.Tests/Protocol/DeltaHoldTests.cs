using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What waits for an incremental client, and for how long. docs/compatibility.md lists the rules.</summary>
public sealed class DeltaHoldTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Reconnect_ScopeOfUnknownTarget_RoutesStayUntilItHasMoved()
    {
        // Its host was in r before the restart, and is in other now: r must not lose it before the scope has moved.
        _store.With(Sample.Scope("s", "other"), Sample.Routes("r", "c1"), Sample.Routes("other", "c2"));
        var client = new DeltaClient(_store);
        client.Send(new() { TypeUrl = ScopedRouteConfiguration.TypeUrl(), InitialResourceVersions = { { "s", "to r" } } });
        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, InitialResourceVersions = { { "r", "with the host" } } });
        Assert.Equal(["~warm/other"], DeltaClient.NamesOf(client.Accept(ScopedRouteConfiguration)));
        Assert.Empty(client.Inbox);

        client.Subscribe(RouteConfiguration, "other");
        Assert.Equal(["other"], DeltaClient.NamesOf(client.Accept(RouteConfiguration)));
        Assert.Equal(["s"], DeltaClient.NamesOf(client.Accept(ScopedRouteConfiguration)));

        Assert.Equal(["r"], DeltaClient.NamesOf(client.Accept(RouteConfiguration)));
    }

    [Fact]
    public void ScopesAskedForByName_AreSentNoWarmingScopeThatNobodyAskedFor_AndMoveWithTheLimit()
    {
        _store.With(Sample.Routes("r"), Sample.Routes("other"), Sample.Scope("s", "r"));
        var client = new DeltaClient(_store).Subscribe(ScopedRouteConfiguration, "s");
        client.Accept(ScopedRouteConfiguration);
        client.Subscribe(RouteConfiguration, "r").Accept(RouteConfiguration);
        _store.With(Sample.Scope("s", "other"));

        Assert.Empty(client.Push().Inbox);
        Assert.Equal(["s"], DeltaClient.NamesOf(client.Release().Receive(ScopedRouteConfiguration)));
    }

    [Fact]
    public void HeldChange_NewerThanTheLimitOfAnOlderOne_IsNotReleasedWithIt()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"), Sample.Routes("q", "c1"));
        var client = new DeltaClient(_store).Subscribe(Cluster).Subscribe(RouteConfiguration, "r", "q");
        client.Accept(Cluster);
        client.Accept(RouteConfiguration);
        _store.With(Sample.Cluster("c2"), Sample.Routes("r", "c2"));
        client.Push().Receive(Cluster);
        client.Tick(StreamPolicy.Default.HoldTicks - 1);
        _store.With(Sample.Cluster("c3"), Sample.Routes("q", "c3"));
        Assert.Equal(["c3"], DeltaClient.NamesOf(client.Push().Receive(Cluster)));

        client.Tick();

        Assert.Equal(["r"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void ClusterThatCannotWarm_HoldsLaterClustersBackForASecondOrTwoOnly()
    {
        _store.With(Sample.Cluster("stuck"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        var unanswered = client.Receive(Cluster);
        _store.With(Sample.Cluster("next"));
        Assert.Empty(client.Push().Tick(StreamPolicy.Default.ClusterAnswerTicks - 1).Inbox);

        Assert.Equal(["next"], DeltaClient.NamesOf(client.Tick().Accept(Cluster)));

        // Its own ACK still counts when it comes.
        client.Ack(unanswered);
        Assert.Equal([new AckedResource("stuck", Sample.Cluster("stuck").Version)], client.Effects.OfType<StreamEffect.Acked>().Last().Resources);
    }

    [Fact]
    public void NewRoutes_WhoseClusterWaitsBehindOneThatCannotWarm_GoOutBehindIt()
    {
        _store.With(Sample.Cluster("stuck"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Receive(Cluster);
        _store.With(Sample.Cluster("stuck"), Sample.Cluster("next"), Sample.Routes("r", "next"));
        Assert.Empty(client.Push().Subscribe(RouteConfiguration, "r").Tick(StreamPolicy.Default.ClusterAnswerTicks - 1).Inbox);

        client.Tick();

        Assert.Equal(["next"], DeltaClient.NamesOf(client.Receive(Cluster)));
        Assert.Equal(["r"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
    }
}
