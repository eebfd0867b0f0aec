using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;


namespace Knative.Xds.XdsServer.Tests.Reporting;

public sealed class GatewayLedgerTests
{
    private static readonly EncodedResource Routes = EncodedResource.Of(new RouteConfiguration { Name = "r" });
    private static readonly EncodedResource Scope = EncodedResource.Of(new ScopedRouteConfiguration { Name = "s", RouteConfigurationName = "r" });
    private static readonly EncodedResource Cluster = EncodedResource.Of(new Envoy.Config.Cluster.V3.Cluster { Name = "c" });
    private static readonly EncodedResource Endpoints = EncodedResource.Of(new Envoy.Config.Endpoint.V3.ClusterLoadAssignment { ClusterName = "c" });
    private readonly GatewayLedger _ledger = new();

    [Fact]
    public void Judge_NoGateway_Waits() => Assert.Equal(GatewayState.Waiting, Judge());

    [Fact]
    public void Judge_StreamThatTakesNoRoutes_DoesNotCount()
    {
        _ledger.Apply(new StreamEvent.Opened(1));
        _ledger.Apply(new StreamEvent.Subscribed(1, ResourceType.Cluster));

        Assert.Equal(0, _ledger.Count);
        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_AllButOneHaveTakenIt_WaitsForTheLast()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope);
        Assert.Equal(GatewayState.Waiting, Judge());

        Ack(2, Routes);
        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_LaggingGatewayLeaves_IsTaken()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);

        Assert.Null(_ledger.Apply(new StreamEvent.Closed(2, [])));
        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_RefusedCluster_IsRefusedUntilThatGatewayTakesIt()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        _ledger.Apply(new StreamEvent.Nacked(1, ResourceType.Cluster, [new("c", Cluster.Version)], "no"));
        Assert.Equal(GatewayState.Refused, _ledger.Judge([Scope, Routes, Cluster]).State);

        _ledger.Apply(new StreamEvent.Acked(1, ResourceType.Cluster, [new("c", Cluster.Version)]));

        Assert.Equal(GatewayState.Taken, _ledger.Judge([Scope, Routes, Cluster]).State);
    }

    [Fact]
    public void Judge_SameRefusalInOtherWords_IsOneRefusal()
    {
        Connect(1);
        Ack(1, Scope);
        _ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "goo.gle/debugonly  routes: bad"));
        _ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "goo.gle/debugstr routes:  bad"));
        Assert.Equal(GatewayState.Refused, Judge());

        Ack(1, Routes);

        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_RefusedEndpoints_AreRefusedUntilThatGatewayHasGone()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes, Endpoints);
        Ack(2, Scope, Routes);
        _ledger.Apply(new StreamEvent.Nacked(2, ResourceType.ClusterLoadAssignment, [new("c", Endpoints.Version)], "no"));
        Assert.Equal((GatewayState.Refused, "no"), _ledger.Judge([Scope, Routes, Endpoints]));

        _ledger.Apply(new StreamEvent.Closed(2, [(new(ResourceType.ScopedRouteConfiguration, "s"), Scope.Version), (new(ResourceType.RouteConfiguration, "r"), Routes.Version)]));

        Assert.Equal(GatewayState.Taken, _ledger.Judge([Scope, Routes, Endpoints]).State);
    }

    [Fact]
    public void Judge_ClusterThatNobodyHasAnswered_IsNotWaitedFor()
    {
        Connect(1);
        Ack(1, Scope, Routes);

        Assert.Equal(GatewayState.Taken, _ledger.Judge([Scope, Routes, Cluster]).State);
    }

    [Fact]
    public void Judge_EndpointsThatAGatewayHasNotTaken_AreWaitedFor()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes, Endpoints);
        Ack(2, Scope, Routes);
        Assert.Equal(GatewayState.Waiting, JudgeWithEndpoints());

        Ack(2, Endpoints);
        Assert.Equal(GatewayState.Taken, JudgeWithEndpoints());
    }

    [Fact]
    public void Judge_EndpointsTakenAtAnotherVersion_Suffice()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        TakeEndpoints(1, "older");
        Assert.Equal(GatewayState.Taken, JudgeWithEndpoints());

        TakeEndpoints(1, Endpoints.Version, before: "older");
        Assert.Equal(GatewayState.Taken, JudgeWithEndpoints());
    }

    [Fact]
    public void Judge_EndpointsGivenUpByAGateway_AreWaitedForAgain()
    {
        Connect(1);
        Ack(1, Scope, Routes, Endpoints);
        TakeEndpoints(1, "", before: Endpoints.Version);

        Assert.Equal(GatewayState.Waiting, JudgeWithEndpoints());
    }

    [Fact]
    public void Judge_EndpointsOfAGatewayThatLeft_DoNotCountForAnother()
    {
        Connect(1);
        Ack(1, Scope, Routes, Endpoints);
        Connect(2);
        Ack(2, Scope, Routes);
        _ledger.Apply(new StreamEvent.Closed(1, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version), (IdOf(Endpoints), Endpoints.Version)]));

        Assert.Equal(GatewayState.Waiting, JudgeWithEndpoints());
    }

    [Fact]
    public void Judge_EndpointsTakenBeforeScopesAreAskedFor_Count()
    {
        _ledger.Apply(new StreamEvent.Opened(1));
        Ack(1, Endpoints);
        _ledger.Apply(new StreamEvent.Subscribed(1, ResourceType.ScopedRouteConfiguration));
        Ack(1, Scope, Routes);

        Assert.Equal(GatewayState.Taken, JudgeWithEndpoints());
    }

    [Fact]
    public void Judge_GatewayOwesTheAnswerToEndpointsForTooLong_DoesNotCountUntilItAnswers()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes, Endpoints);
        Ack(2, Scope, Routes);

        Assert.Null(_ledger.Apply(new StreamEvent.Silent(2, ResourceType.ClusterLoadAssignment, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)])));
        Assert.Equal((GatewayState.Taken, 1), (JudgeWithEndpoints(), _ledger.Count));

        TakeEndpoints(2, "older");
        Assert.Equal((GatewayState.Taken, 2), (JudgeWithEndpoints(), _ledger.Count));
    }

    [Fact]
    public void Judge_SilentGatewayHoldsEndpointsAtAnotherVersion_ItIsNotCountedForTheOthers()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope, Routes);
        TakeEndpoints(2, "older");
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version), (IdOf(Endpoints), "older")]));
        TakeEndpoints(2, Endpoints.Version, before: "older");

        Assert.Equal(GatewayState.Waiting, JudgeWithEndpoints());
    }

    [Fact]
    public void Apply_EndpointsThatAGatewayHoldsChange_ConcernNoIngress()
    {
        Connect(1);
        Assert.Equal([IdOf(Endpoints)], TakeEndpoints(1, "first")!);

        Assert.Empty(TakeEndpoints(1, "second", before: "first")!);
        Assert.Equal([IdOf(Endpoints)], TakeEndpoints(1, "", before: "second")!);
    }

    [Fact]
    public void Apply_EndpointsAreTakenAfterARefusal_ConcernTheirIngresses()
    {
        Connect(1);
        TakeEndpoints(1, "first");
        Refuse(1, Endpoints, "no");

        Assert.Equal([IdOf(Endpoints)], TakeEndpoints(1, "third", before: "first")!);
        Assert.Equal(GatewayState.Taken, _ledger.Judge([Endpoints]).State);
    }

    [Fact]
    public void Judge_GatewayThatHadTakenItLeaves_ItsCopiesDoNotCountForAnother()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        Connect(2);
        _ledger.Apply(new StreamEvent.Closed(1, [(new(ResourceType.ScopedRouteConfiguration, "s"), Scope.Version), (new(ResourceType.RouteConfiguration, "r"), Routes.Version)]));

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_RoutesTakenBeforeScopesAreAskedFor_Count()
    {
        _ledger.Apply(new StreamEvent.Opened(1));
        Ack(1, Routes);
        _ledger.Apply(new StreamEvent.Subscribed(1, ResourceType.ScopedRouteConfiguration));
        Ack(1, Scope);

        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_StreamThatTakesNoRoutes_ItsCopiesDoNotCount()
    {
        Connect(1);
        _ledger.Apply(new StreamEvent.Opened(2));
        Ack(2, Scope, Routes);

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_CopyDroppedByTheGateway_Waits()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        _ledger.Apply(new StreamEvent.Acked(1, ResourceType.RouteConfiguration, [new("r", "", Routes.Version)]));

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_RefusedOnceAndTakenByAllLater_IsTaken()
    {
        Connect(1);
        _ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "no such thing"));
        Ack(1, Scope, Routes);

        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_OlderVersionTaken_Waits()
    {
        Connect(1);
        Ack(1, Scope);
        _ledger.Apply(new StreamEvent.Acked(1, ResourceType.RouteConfiguration, [new("r", "older")]));

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_LoneRefusal_IsRefusedUntilTheVersionChanges()
    {
        Connect(1);
        _ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "no such thing"));
        Assert.Equal((GatewayState.Refused, "no such thing"), _ledger.Judge([Scope, Routes]));

        var next = EncodedResource.Of(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true });
        Assert.Equal(GatewayState.Waiting, _ledger.Judge([Scope, next]).State);
    }

    [Fact]
    public void Judge_RefusalOfSeveral_BlamesNobodyYet()
    {
        Connect(1);
        _ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version), new("other", "v")], "one of them"));

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_TwoGatewaysRefuseIt_IsRefusedUntilTheLastOfThemHasGone()
    {
        Connect(1);
        Connect(2);
        Connect(3);
        Ack(3, Scope, Routes);
        Refuse(1, Routes, "one says no");
        Refuse(2, Routes, "two says no");
        Assert.Equal((GatewayState.Refused, "one says no"), _ledger.Judge([Scope, Routes]));

        _ledger.Apply(new StreamEvent.Closed(2, []));
        Assert.Equal((GatewayState.Refused, "one says no"), _ledger.Judge([Scope, Routes]));

        _ledger.Apply(new StreamEvent.Closed(1, []));
        Assert.Equal((GatewayState.Taken, ""), _ledger.Judge([Scope, Routes]));
    }

    [Fact]
    public void Judge_OneOfTwoThatRefusedTakesIt_IsRefusedStill()
    {
        Connect(1);
        Connect(2);
        Refuse(1, Routes, "one says no");
        Refuse(2, Routes, "two says no");
        Ack(1, Scope, Routes);
        Ack(2, Scope);

        Assert.Equal((GatewayState.Refused, "two says no"), _ledger.Judge([Scope, Routes]));
    }

    [Fact]
    public void Judge_GatewaysRefuseDifferentVersions_EachCountsForItsOwn()
    {
        var next = EncodedResource.Of(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true });
        Connect(1);
        Connect(2);
        Refuse(1, Routes, "the old one");
        Refuse(2, next, "the new one");

        Assert.Equal((GatewayState.Refused, "the old one"), _ledger.Judge([Routes]));
        Assert.Equal((GatewayState.Refused, "the new one"), _ledger.Judge([next]));
    }

    [Fact]
    public void Judge_GatewayOwesAnAnswerForTooLong_DoesNotCountUntilItAnswers()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope);

        Assert.Null(_ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)])));
        Assert.Equal((GatewayState.Taken, 1, 1), (Judge(), _ledger.Count, _ledger.SilentCount));

        var next = EncodedResource.Of(new RouteConfiguration { Name = "r", VirtualHosts = { new VirtualHost { Name = "next" } } });
        Assert.Equal(GatewayState.Waiting, _ledger.Judge([Scope, next]).State);
        _ledger.Apply(new StreamEvent.Acked(1, ResourceType.RouteConfiguration, [new("r", next.Version, Routes.Version)]));
        Assert.Equal(GatewayState.Taken, _ledger.Judge([Scope, next]).State);

        // It has taken the version before this one: it counts again, and has yet to take this one.
        Assert.Null(_ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", Routes.Version)])));
        Assert.Equal((GatewayState.Waiting, 2, 0), (_ledger.Judge([Scope, next]).State, _ledger.Count, _ledger.SilentCount));
        _ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", next.Version, Routes.Version)]));
        Assert.Equal(GatewayState.Taken, _ledger.Judge([Scope, next]).State);
    }

    [Fact]
    public void Judge_GatewayOwesAnswersOfTwoTypes_DoesNotCountUntilItHasGivenBoth()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, []));
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.ScopedRouteConfiguration, []));

        Ack(2, Scope);
        Assert.Equal((GatewayState.Taken, 1), (Judge(), _ledger.Count));

        Refuse(2, Routes, "no");
        Assert.Equal((GatewayState.Refused, 2), (Judge(), _ledger.Count));
    }

    [Fact]
    public void Judge_OnlyGatewayOwesAnAnswer_IsAsWithoutAny()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        _ledger.Apply(new StreamEvent.Silent(1, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)]));

        Assert.Equal((GatewayState.Waiting, 0), (Judge(), _ledger.Count));
    }

    [Fact]
    public void Apply_GatewayOwesAnAnswer_WhatItHoldsIsStillInUse()
    {
        var gone = new List<string>();
        _ledger.Gone = (id, version) => gone.Add($"{id} {version}");
        Connect(1);
        Ack(1, Routes);

        _ledger.Apply(new StreamEvent.Silent(1, ResourceType.RouteConfiguration, [(IdOf(Routes), Routes.Version)]));
        Assert.Empty(gone);
        Assert.Equal(1, _ledger.CountOf(IdOf(Routes), Routes.Version));

        _ledger.Apply(new StreamEvent.Closed(1, [(IdOf(Routes), Routes.Version)]));
        Assert.Equal([$"{IdOf(Routes)} {Routes.Version}"], gone);
        Assert.Equal(0, _ledger.SilentCount);
    }

    [Fact]
    public void Judge_RefusedClusterThatASilentGatewayHolds_IsRefusedByTheOneThatCounts()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope, Cluster);
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)]));
        Refuse(1, Cluster, "no");

        Assert.Equal((GatewayState.Refused, "no"), _ledger.Judge([Scope, Routes, Cluster]));
    }

    [Fact]
    public void Judge_ClusterThatOnlyASilentGatewayRefuses_IsNotRefusedUntilThatOneCountsAgain()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes, Cluster);
        Ack(2, Scope);
        Refuse(2, Cluster, "no");
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)]));
        Assert.Equal((GatewayState.Taken, ""), _ledger.Judge([Scope, Routes, Cluster]));

        Ack(2, Routes);
        Assert.Equal((GatewayState.Refused, "no"), _ledger.Judge([Scope, Routes, Cluster]));
    }

    [Fact]
    public void Judge_SilentGatewayGivesUpWhatItOwesAnAnswerFor_DoesNotCount()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope);
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)]));

        _ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("other", "", "v")], IsAnswer: false));

        Assert.Equal((GatewayState.Taken, 1, 1), (Judge(), _ledger.Count, _ledger.SilentCount));
    }

    [Fact]
    public void Judge_SilentGatewaysTakeAndGiveUpThings_AreCountedByWhatTheyHold()
    {
        var older = EncodedResource.Of(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true });
        Connect(1);
        Connect(2);
        Connect(3);
        Ack(1, Scope, Routes);
        Ack(2, Scope, Routes);
        Ack(3, Scope, older);
        _ledger.Apply(new StreamEvent.Silent(2, ResourceType.ScopedRouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)]));
        _ledger.Apply(new StreamEvent.Silent(3, ResourceType.ScopedRouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(older), older.Version)]));
        Assert.Equal((GatewayState.Taken, 1, 2), (Judge(), _ledger.Count, _ledger.SilentCount));

        _ledger.Apply(new StreamEvent.Acked(3, ResourceType.RouteConfiguration, [new("r", Routes.Version, older.Version)]));
        _ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", "", Routes.Version)]));
        Assert.Equal((GatewayState.Taken, 1, 2), (Judge(), _ledger.Count, _ledger.SilentCount));

        // The one that has given up its routes counts again: they have to come back.
        _ledger.Apply(new StreamEvent.Acked(2, ResourceType.ScopedRouteConfiguration, []));
        Assert.Equal((GatewayState.Waiting, 2, 1), (Judge(), _ledger.Count, _ledger.SilentCount));
        Ack(2, Routes);
        Assert.Equal(GatewayState.Taken, Judge());

        _ledger.Apply(new StreamEvent.Closed(3, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)]));
        Assert.Equal((GatewayState.Taken, 2, 0), (Judge(), _ledger.Count, _ledger.SilentCount));
        _ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", "", Routes.Version)]));
        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Apply_StreamThatTakesNoRoutesLeaves_TellsWhatItRefused()
    {
        _ledger.Apply(new StreamEvent.Opened(1));
        Refuse(1, Cluster, "no");

        Assert.Equal([new ResourceId(ResourceType.Cluster, "c")], _ledger.Apply(new StreamEvent.Closed(1, []))!);
    }

    private void Refuse(long stream, EncodedResource resource, string words) =>
        _ledger.Apply(new StreamEvent.Nacked(stream, resource.Type, [new(resource.Name, resource.Version)], words));

    private static ResourceId IdOf(EncodedResource resource) => new(resource.Type, resource.Name);

    private GatewayState Judge() => _ledger.Judge([Scope, Routes]).State;

    private GatewayState JudgeWithEndpoints() => _ledger.Judge([Scope, Routes, Cluster, Endpoints]).State;

    private IEnumerable<ResourceId>? TakeEndpoints(long stream, string version, string before = "") =>
        _ledger.Apply(new StreamEvent.Acked(stream, ResourceType.ClusterLoadAssignment, [new(Endpoints.Name, version, before)]));

    private void Connect(long stream)
    {
        _ledger.Apply(new StreamEvent.Opened(stream));
        _ledger.Apply(new StreamEvent.Subscribed(stream, ResourceType.ScopedRouteConfiguration));
    }

    private void Ack(long stream, params EncodedResource[] resources)
    {
        foreach (var resource in resources)
        {
            _ledger.Apply(new StreamEvent.Acked(stream, resource.Type, [new(resource.Name, resource.Version)]));
        }
    }
}
