using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Rules of the state-of-the-world variant; docs/compatibility.md lists them.</summary>
public sealed class SotwRuleTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void FirstRequest_WithAnOldNonce_IsAnswered()
    {
        _store.With(Sample.Listener("a"));
        var client = new SotwClient(_store);

        var response = Assert.Single(client.Send(new() { TypeUrl = Listener.TypeUrl(), ResponseNonce = "17", VersionInfo = "old" }));

        Assert.Equal([Sample.Listener("a").Body], response.Resources);
    }

    [Fact]
    public void FirstRequest_AtTheCurrentVersion_IsAnsweredAllTheSame()
    {
        _store.With(Sample.Cluster("a"));
        var client = new SotwClient(_store);
        var version = Assert.Single(client.Ask(Cluster)).VersionInfo;
        client.Reconnect();

        Assert.Equal(version, Assert.Single(client.Resume(Cluster, version)).VersionInfo);
    }

    [Fact]
    public void FirstRequest_ByNameAtAnUnknownVersion_IsAnsweredInFull()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));

        Assert.Equal(2, Assert.Single(new SotwClient(_store).Resume(RouteConfiguration, "v", "a", "b")).Resources.Count);
    }

    [Fact]
    public void ChangeBeforeTheFirstResponse_NewNamesAreAnswered()
    {
        _store.With(Sample.Routes("b"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Ask(RouteConfiguration, "a"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Ask(RouteConfiguration, "a", "b")).Resources);
    }

    [Fact]
    public void Ack_SameNamesInAnotherOrder_IsMetWithSilence()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);

        Assert.Empty(client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a", "b")), "b", "a"));
    }

    [Fact]
    public void Ack_SentTwiceWithTheSameNonce_SecondIsJudgedByItsNames()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        Assert.Empty(client.Ack(first, "a"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void Ack_PendingChange_IsSentNext()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        Assert.Empty(client.Push(Sample.Routes("a", "x")));

        Assert.Equal([Sample.Routes("a", "x").Body], Assert.Single(client.Ack(first, "a")).Resources);
    }

    [Fact]
    public void NamesOnlyRemoved_ByName_IsMetWithSilence()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);

        Assert.Empty(client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a", "b")), "a"));
    }

    [Fact]
    public void NameRemovedAndAddedAgain_UnchangedVersion_IsSentAgain()
    {
        _store.With(Sample.Assignment("a"), Sample.Assignment("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(ClusterLoadAssignment, "a", "b"));
        client.Ack(first, "a");

        Assert.Equal([Sample.Assignment("b").Body], Assert.Single(client.Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void NameAddedAtAnUnchangedCollection_SendsTheWholeSet()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"), Sample.Cluster("c"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(Cluster, "a"));

        Assert.Equal([Sample.Cluster("a").Body, Sample.Cluster("b").Body], Assert.Single(client.Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void StaleNonce_NamesCountWhenTheClientRepeatsThem()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        client.Ack(first, "a");
        var second = Assert.Single(client.Push(Sample.Routes("a", "x")));
        Assert.Empty(client.Ack(first, "a", "b"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Ack(second, "a", "b")).Resources);
    }

    [Fact]
    public void Nack_IsKnownByItsErrorNotByItsVersion()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        var response = Assert.Single(client.Ask(RouteConfiguration, "a"));

        // As gRPC does when it takes the good part of a response: the new version, and an error.
        client.Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, VersionInfo = response.VersionInfo, ResourceNames = { "a" }, ErrorDetail = new() { Message = "no" } });

        Assert.Equal("no", Assert.Single(client.Effects.OfType<StreamEffect.Nacked>()).Message);
    }

    [Fact]
    public void Nack_OfOne_IsNotRepeatedUntilItsContentChanges()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Nack(Assert.Single(client.Ask(RouteConfiguration, "a")), "no", "a"));
        Assert.Empty(client.Push());

        Assert.Equal([Sample.Routes("a", "x").Body], Assert.Single(client.Push(Sample.Routes("a", "x"))).Resources);
    }

    [Fact]
    public void Nack_OfOneThenBackToWhatTheClientHolds_IsSentAllTheSame()
    {
        _store.With(Sample.Routes("a", "good"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a")), "a");
        Assert.Empty(client.Nack(Assert.Single(client.Push(Sample.Routes("a", "bad"))), "no", "a"));

        Assert.Equal([Sample.Routes("a", "good").Body], Assert.Single(client.Push(Sample.Routes("a", "good"))).Resources);
    }

    [Fact]
    public void Nack_OfACollectionThenBackToWhatTheClientHolds_IsSentAllTheSame()
    {
        _store.With(Sample.Listener("a", 1));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Listener)));
        Assert.Empty(client.Nack(Assert.Single(client.Push(Sample.Listener("a", 2))), "no"));

        Assert.Equal([Sample.Listener("a", 1).Body], Assert.Single(client.Push(Sample.Listener("a", 1))).Resources);
    }

    [Fact]
    public void Nack_OfACollection_IsNotRepeatedByUnrelatedAcks()
    {
        _store.With(Sample.Listener("a", 1));
        var client = new SotwClient(_store);
        var response = Assert.Single(client.Ask(Listener));
        Assert.Empty(client.Nack(response, "no"));

        Assert.Empty(client.Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ErrorDetail = new() { Message = "no" } }));
        Assert.Single(client.Effects.OfType<StreamEffect.Nacked>());
    }

    [Fact]
    public void RepeatedError_CarriesSubscriptionChange()
    {
        // grpc-js repeats its error on every request until a clean response arrives.
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        client.Nack(first, "no", "a");

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Nack(first, "no", "a", "b")).Resources);
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
    public void Response_OfACollection_HoldsTheWholeSetOrderedByName()
    {
        _store.With(Sample.Listener("b"), Sample.Listener("a"));
        var client = new SotwClient(_store);
        var response = Assert.Single(client.Ask(Listener));
        client.Ack(response);

        Assert.Equal([Sample.Listener("a").Body, Sample.Listener("b").Body, Sample.Listener("c").Body], Assert.Single(client.Push(Sample.Listener("c"))).Resources);
    }

    [Fact]
    public void LastOfACollectionGone_IsAnEmptySet()
    {
        _store.With(Sample.Listener("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Listener)));

        Assert.Empty(Assert.Single(client.Remove(Listener, "a")).Resources);
    }

    [Fact]
    public void ByNameGone_IsNotTold()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a")), "a");

        Assert.Empty(client.Remove(RouteConfiguration, "a"));
    }

    [Fact]
    public void ByNameGoneAndBack_IsSentAgain()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a")), "a");
        client.Remove(RouteConfiguration, "a");

        Assert.Equal([Sample.Routes("a", "x").Body], Assert.Single(client.Push(Sample.Routes("a", "x"))).Resources);
    }

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

    [Fact]
    public void QueuedChangeOfANameThatIsGivenUp_IsNotSent()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a", "b"));
        client.Push(Sample.Routes("a", "x"), Sample.Routes("b", "x"));

        Assert.Equal([Sample.Routes("b", "x").Body], Assert.Single(client.Ack(first, "b")).Resources);
    }

    [Fact]
    public void BigCollection_IsNeverSplit()
    {
        _store.With([.. Enumerable.Range(0, 50).Select(i => Sample.Cluster($"c{i}"))]);

        Assert.Equal(50, Assert.Single(new SotwClient(_store, new StreamPolicy { MaxResponseBytes = 100 }).Ask(Cluster)).Resources.Count);
    }

    [Fact]
    public void BigByNameType_IsSplitByName()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"r{i}")];
        _store.With([.. names.Select(name => Sample.Routes(name, "a-cluster-name"))]);
        var client = new SotwClient(_store, new StreamPolicy { MaxResponseBytes = 100 });
        var received = 0;
        for (var responses = client.Ask(RouteConfiguration, names); responses.Count > 0; responses = client.Ack(responses[0], names))
        {
            Assert.InRange(Assert.Single(responses).Resources.Count, 1, 9);
            received += responses[0].Resources.Count;
        }

        Assert.Equal(names.Length, received);
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
