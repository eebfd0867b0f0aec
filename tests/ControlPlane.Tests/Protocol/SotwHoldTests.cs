using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What waits for a state-of-the-world client, and for how long. docs/compatibility.md lists the rules.</summary>
public sealed class SotwHoldTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void ScopesAskedForByName_AreSentNoWarmingScopeThatNobodyAskedFor_AndMoveWithTheLimit()
    {
        _store.With(Sample.Routes("r"), Sample.Routes("other"), Sample.Scope("s", "r"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(ScopedRouteConfiguration, "s")), "s");
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "r")), "r");

        Assert.Empty(client.Push(Sample.Scope("s", "other")));
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks - 1));
        Assert.Equal([Sample.Scope("s", "other").Body], Assert.Single(client.Tick()).Resources);
    }

    [Fact]
    public void HeldChange_NewerThanTheLimitOfAnOlderOne_IsNotReleasedWithIt()
    {
        _store.With(Sample.Cluster("c1"), Sample.Routes("r", "c1"), Sample.Routes("q", "c1"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster)));
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "r", "q")), "r", "q");
        Assert.Single(client.Push(Sample.Cluster("c2"), Sample.Routes("r", "c2")));
        Assert.Empty(client.Tick(StreamPolicy.Default.HoldTicks - 1));
        var clusters = Assert.Single(client.Push(Sample.Cluster("c3"), Sample.Routes("q", "c3")));
        Assert.Equal([Sample.Cluster("c1").Body, Sample.Cluster("c2").Body, Sample.Cluster("c3").Body], clusters.Resources);

        Assert.Equal([Sample.Routes("r", "c2").Body], Assert.Single(client.Tick()).Resources);
    }

    [Fact]
    public void ClusterThatCannotWarm_HoldsLaterClustersBackForASecondOrTwoOnly()
    {
        _store.With(Sample.Cluster("stuck"));
        var client = new SotwClient(_store);
        var unanswered = Assert.Single(client.Ask(Cluster));
        Assert.Empty(client.Push(Sample.Cluster("next")));
        Assert.Empty(client.Tick(StreamPolicy.Default.ClusterAnswerTicks - 1));

        // The set is whole: without it, the cluster that warms would be gone.
        Assert.Equal([Sample.Cluster("next").Body, Sample.Cluster("stuck").Body], Assert.Single(client.Tick()).Resources);

        // Its own ACK still counts when it comes.
        Assert.Empty(client.Ack(unanswered));
        Assert.Equal([new AckedResource("stuck", Sample.Cluster("stuck").Version)], client.Effects.OfType<StreamEffect.Acked>().Last().Resources);
    }

    [Fact]
    public void ClusterThatCannotWarm_TheAckOfALaterSet_IsOfAllThatIsInIt()
    {
        _store.With(Sample.Cluster("stuck"));
        var client = new SotwClient(_store);
        var unanswered = Assert.Single(client.Ask(Cluster));
        client.Push(Sample.Cluster("next"));
        var later = Assert.Single(client.Tick(StreamPolicy.Default.ClusterAnswerTicks));

        client.Ack(later);
        AckedResource[] taken = [new("stuck", Sample.Cluster("stuck").Version), new("next", Sample.Cluster("next").Version)];
        Assert.Equal(taken, Assert.Single(client.Effects.OfType<StreamEffect.Acked>()).Resources);

        // Answers come in the order of the responses: there is nothing left that this one could be to.
        Assert.Empty(client.Ack(unanswered));
        Assert.Single(client.Effects.OfType<StreamEffect.Acked>());
    }

    [Fact]
    public void NewRoutes_WhoseClusterWaitsBehindOneThatCannotWarm_GoOutBehindIt()
    {
        _store.With(Sample.Cluster("stuck"));
        var client = new SotwClient(_store);
        Assert.Single(client.Ask(Cluster));
        Assert.Empty(client.Push(Sample.Cluster("next"), Sample.Routes("r", "next")));
        Assert.Empty(client.Ask(RouteConfiguration, "r"));
        Assert.Empty(client.Tick(StreamPolicy.Default.ClusterAnswerTicks - 1));

        var responses = client.Tick();

        Assert.Equal([Cluster.TypeUrl(), RouteConfiguration.TypeUrl()], responses.Select(response => response.TypeUrl));
        Assert.Equal([Sample.Cluster("next").Body, Sample.Cluster("stuck").Body], responses[0].Resources);
        Assert.Equal([Sample.Routes("r", "next").Body], responses[1].Resources);
    }
}
