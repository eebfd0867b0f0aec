using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Rules of the incremental variant; docs/compatibility.md lists them.</summary>
public sealed class DeltaRuleTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Everything_ThenAName_StaysEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Subscribe(Cluster, "a").Accept(Cluster);
        _store.With(Sample.Cluster("b", 1));

        Assert.Equal(["b"], NamesOf(client.Push().Receive(Cluster)));
    }

    [Fact]
    public void EverythingGivenUpAndTheNameToo_IsNothingNotEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Subscribe(Cluster, "a").Accept(Cluster);
        client.Unsubscribe(Cluster, "*").Unsubscribe(Cluster, "a");
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void LegacyEverything_GivenUpAsStar_IsNothing()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Unsubscribe(Cluster, "*");
        _store.With(Sample.Cluster("a", 1));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void FirstRequestWithAName_IsThatNameAlone()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));

        Assert.Equal(["a"], NamesOf(new DeltaClient(_store).Subscribe(Cluster, "a").Receive(Cluster)));
    }

    [Fact]
    public void NamesThenStar_IsEverythingThenNamesAgain()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster, "a");
        client.Accept(Cluster);

        Assert.Equal(["b"], NamesOf(client.Subscribe(Cluster, "*").Accept(Cluster)));
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));
        Assert.Equal(["a"], NamesOf(client.Unsubscribe(Cluster, "*").Push().Receive(Cluster)));
    }

    [Fact]
    public void StarOfAByNameType_MeansNothing()
    {
        _store.With(Sample.Routes("a"));

        Assert.Empty(new DeltaClient(_store).Subscribe(RouteConfiguration, "*").Inbox);
    }

    [Fact]
    public void NoNamesAfterNames_IsAnAckNotEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster, "a");

        Assert.Empty(client.Ack(client.Receive(Cluster)).Send(new() { TypeUrl = Cluster.TypeUrl() }).Inbox);
    }

    [Fact]
    public void EmptyFirstRequestOfAGrpcClient_MeansNothing()
    {
        _store.With(Sample.Listener("a"));
        var effects = new DeltaMachine(StreamPolicy.Default, _store.Current).OnRequest(new() { Node = new() { Id = "n", UserAgentName = "gRPC C-core" }, TypeUrl = Listener.TypeUrl() });

        Assert.Empty(effects.OfType<StreamEffect.Send>());
    }

    [Fact]
    public void UnsubscribeOfAnUnknownName_IsMetWithSilence()
    {
        _store.With(Sample.Routes("a"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        Assert.Empty(client.Unsubscribe(RouteConfiguration, "phantom").Inbox);
    }

    [Fact]
    public void Unsubscribe_IsMetWithSilenceAndChangesAreNotSent()
    {
        _store.With(Sample.Routes("a"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);
        Assert.Empty(client.Unsubscribe(RouteConfiguration, "a").Inbox);
        _store.With(Sample.Routes("a", "x"));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void Unsubscribe_TellsTheOwnerThatTheCopyIsGone()
    {
        _store.With(Sample.Routes("a"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        client.Unsubscribe(RouteConfiguration, "a");

        var acked = client.Effects.OfType<StreamEffect.Acked>().ToList();
        Assert.Equal([new AckedResource("a", Sample.Routes("a").Version)], acked[0].Resources);
        Assert.Equal([new AckedResource("a", "", Sample.Routes("a").Version)], acked[1].Resources);
    }

    [Fact]
    public void InitialVersions_AfterTheFirstRequest_AreIgnored()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "b" }, InitialResourceVersions = { { "b", Sample.Routes("b").Version } } });

        Assert.Equal(["b"], NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void InitialVersions_OfNamesNotAskedFor_AreNoSubscription()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b", "x"));
        var client = new DeltaClient(_store).Send(new()
        {
            TypeUrl = RouteConfiguration.TypeUrl(),
            ResourceNamesSubscribe = { "a" },
            InitialResourceVersions = { { "b", Sample.Routes("b").Version } },
        });

        Assert.Equal(["a"], NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void FirstRequest_WithAnOldNonce_IsAnswered()
    {
        _store.With(Sample.Cluster("a"));

        Assert.Equal(["a"], NamesOf(new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), ResponseNonce = "17" }).Receive(Cluster)));
    }

    [Fact]
    public void AllInOneMessage_SubscribeUnsubscribeAndAck_EachCounts()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        var first = client.Receive(RouteConfiguration);
        _store.With(Sample.Routes("a", "x"));
        client.Push();

        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResponseNonce = first.Nonce, ResourceNamesSubscribe = { "b" }, ResourceNamesUnsubscribe = { "a" } });

        Assert.Equal(["b"], NamesOf(client.Receive(RouteConfiguration)));
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void Nack_CarriesSubscriptionChange()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        var first = client.Receive(RouteConfiguration);

        client.Send(new() { TypeUrl = first.TypeUrl, ResponseNonce = first.Nonce, ErrorDetail = new() { Message = "no" }, ResourceNamesSubscribe = { "b" } });

        Assert.Equal(["b"], NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void OneChange_SendsThatResourceAlone()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"), Sample.Cluster("c"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        _store.With(Sample.Cluster("b", 1));

        var response = client.Push().Receive(Cluster);

        Assert.Equal(["b"], NamesOf(response));
        Assert.Empty(response.RemovedResources);
    }

    [Fact]
    public void OneRemoval_TellsThatNameAlone()
    {
        _store.With(Sample.Listener("a"), Sample.Listener("b"));
        var client = new DeltaClient(_store).Subscribe(Listener);
        client.Accept(Listener);
        _store.Remove(new(Listener, "a"));
        _store.Publish();

        var response = client.Push().Receive(Listener);

        Assert.Empty(response.Resources);
        Assert.Equal(["a"], response.RemovedResources);
    }

    [Fact]
    public void ChangesOfSeveralNames_AreOneResponse()
    {
        _store.With(Sample.Listener("a"), Sample.Listener("b"));
        var client = new DeltaClient(_store).Subscribe(Listener);
        client.Accept(Listener);
        _store.Remove(new(Listener, "a"));
        _store.With(Sample.Listener("b", 1), Sample.Listener("c"));

        var response = client.Push().Receive(Listener);

        Assert.Equal(["b", "c"], NamesOf(response));
        Assert.Equal(["a"], response.RemovedResources);
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void NameGivenUpAndTakenAgainWhileOnItsWay_IsKnownToBeHeld()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        var inFlight = client.Receive(Cluster);
        client.Unsubscribe(Cluster, "*").Subscribe(Cluster, "*");
        _store.Remove(new(Cluster, "a"));
        _store.Publish();

        var response = client.Push().Ack(inFlight).Receive(Cluster);

        Assert.Equal(["a"], response.RemovedResources);
    }

    [Fact]
    public void Reconnect_ScopeOfUnknownTarget_RoutesStayUntilItHasMoved()
    {
        // Its host was in r before the restart, and is in other now: r must not lose it before the scope has moved.
        _store.With(Sample.Scope("s", "other"), Sample.Routes("r", "c1"), Sample.Routes("other", "c2"));
        var client = new DeltaClient(_store);
        client.Send(new() { TypeUrl = ScopedRouteConfiguration.TypeUrl(), InitialResourceVersions = { { "s", "to r" } } });
        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, InitialResourceVersions = { { "r", "with the host" } } });
        Assert.Equal(["~warm/other"], NamesOf(client.Accept(ScopedRouteConfiguration)));
        Assert.Empty(client.Inbox);

        client.Subscribe(RouteConfiguration, "other");
        Assert.Equal(["other"], NamesOf(client.Accept(RouteConfiguration)));
        Assert.Equal(["s"], NamesOf(client.Accept(ScopedRouteConfiguration)));

        Assert.Equal(["r"], NamesOf(client.Accept(RouteConfiguration)));
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
        Assert.Equal(["s"], NamesOf(client.Release().Receive(ScopedRouteConfiguration)));
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
        Assert.Equal(["c3"], NamesOf(client.Push().Receive(Cluster)));

        client.Tick();

        Assert.Equal(["r"], NamesOf(client.Receive(RouteConfiguration)));
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

        Assert.Equal(["next"], NamesOf(client.Tick().Accept(Cluster)));

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

        Assert.Equal(["next"], NamesOf(client.Receive(Cluster)));
        Assert.Equal(["r"], NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void ClientThatNeverAnswers_HoldsATypeBackForTheLimitOnly()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        client.Receive(RouteConfiguration);
        _store.With(Sample.Routes("r", "x"));
        Assert.Empty(client.Push().Tick(StreamPolicy.Default.AnswerTicks - 1).Inbox);

        Assert.Equal(Sample.Routes("r", "x").Version, Assert.Single(client.Tick().Receive(RouteConfiguration).Resources).Version);
        Assert.Equal([new StreamEffect.Overdue(RouteConfiguration)], client.Effects.OfType<StreamEffect.Overdue>());
    }

    [Fact]
    public void ClientThatNeverAnswers_IsSilentOnceAfterAsLongAsChangesWaitForIt_WhateverElseIsSent()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store, new StreamPolicy { HoldTicks = 10, AnswerTicks = 4 }).Subscribe(RouteConfiguration, "r");
        client.Receive(RouteConfiguration);
        client.Tick(5);
        _store.With(Sample.Routes("r", "x"));
        client.Push().Receive(RouteConfiguration);
        client.Tick(4);
        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
        Assert.True(client.NeedsTicks);

        client.Tick();
        Assert.Equal([new StreamEffect.Silent(RouteConfiguration)], client.Effects.OfType<StreamEffect.Silent>());
        Assert.False(client.NeedsTicks);

        client.Tick(30);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
    }

    [Fact]
    public void ClientThatAnswersOneOfTwoLateResponses_OwesTheOther()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store, new StreamPolicy { HoldTicks = 10, AnswerTicks = 4 }).Subscribe(RouteConfiguration, "r");
        var first = client.Receive(RouteConfiguration);
        client.Tick(4);
        _store.With(Sample.Routes("r", "x"));
        client.Push().Receive(RouteConfiguration);
        client.Tick(6);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());

        client.Ack(first);
        Assert.True(client.NeedsTicks);
        client.Tick(9);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
        client.Tick();
        Assert.Equal(2, client.Effects.OfType<StreamEffect.Silent>().Count());
    }

    [Fact]
    public void ClientThatAnswersTheNewestOfTwoLateResponses_OwesNothing()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store, new StreamPolicy { HoldTicks = 10, AnswerTicks = 4 }).Subscribe(RouteConfiguration, "r");
        client.Receive(RouteConfiguration);
        client.Tick(4);
        _store.With(Sample.Routes("r", "x"));
        var second = client.Push().Receive(RouteConfiguration);
        client.Tick(6);

        // Answers come in the order of the responses: none will come to the first.
        client.Ack(second).Tick(30);

        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
        Assert.False(client.NeedsTicks);
    }

    [Fact]
    public void ClientThatHasAnswered_IsNotSilentHoweverLongNothingIsSaid()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        client.Tick(9).Accept(RouteConfiguration);
        client.Tick(30);
        _store.With(Sample.Routes("r", "x"));
        client.Push().Tick(9);

        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
        client.Nack(client.Receive(RouteConfiguration)).Tick(30);
        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
    }

    [Fact]
    public void LateAnswerToAnOlderVersion_TellsWhatTheClientHoldsMeanwhile()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        var first = client.Receive(RouteConfiguration);
        _store.With(Sample.Routes("r", "x"));
        var second = client.Push().Tick(StreamPolicy.Default.AnswerTicks).Receive(RouteConfiguration);

        client.Ack(first).Nack(second);

        Assert.Equal([new AckedResource("r", Sample.Routes("r").Version)], client.Effects.OfType<StreamEffect.Acked>().Single().Resources);
        Assert.Equal([new AckedResource("r", Sample.Routes("r", "x").Version)], client.Effects.OfType<StreamEffect.Nacked>().Single().Resources);
    }

    [Fact]
    public void Nack_NamesTheResourceAtFault_TheOthersAreOfferedTogetherAtOnce()
    {
        string[] names = [.. Enumerable.Range(0, 64).Select(i => $"route-{i:00}")];
        _store.With([.. names.Select(name => Sample.Routes(name))]);
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, names);

        client.Nack(client.Receive(RouteConfiguration), "Only unique values for domains are permitted. Duplicate entry of domain x in route route-17");

        Assert.Equal(63, client.Accept(RouteConfiguration).Resources.Count);
        Assert.Equal(["route-17"], NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void Nack_RemovalRefusedAndResourceBack_IsNotSentAgain()
    {
        _store.With(Sample.Listener("a"), Sample.Listener("b"));
        var client = new DeltaClient(_store).Subscribe(Listener);
        client.Accept(Listener);
        _store.Remove(new(Listener, "a"));
        _store.With(Sample.Listener("b", 13));
        var refused = client.Push().Receive(Listener);
        _store.With(Sample.Listener("a"));

        client.Push().Nack(refused);

        Assert.Equal(["b"], NamesOf(client.Receive(Listener)));
        Assert.Empty(client.Inbox);
    }

    private static List<string> NamesOf(DeltaDiscoveryResponse response) => [.. response.Resources.Select(resource => resource.Name)];
}
