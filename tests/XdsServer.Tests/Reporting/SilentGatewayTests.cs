using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Reporting;

/// <summary>Gateways that owe an answer.</summary>
public sealed class SilentGatewayTests : GatewayLedgerFixture
{
    [Fact]
    public void Judge_GatewayOwesAnAnswerForTooLong_DoesNotCountUntilItAnswers()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope);

        Assert.Null(Ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)])));
        Assert.Equal((GatewayState.Taken, 1, 1), (Judge(), Ledger.Count, Ledger.SilentCount));

        var next = EncodedResource.Of(new RouteConfiguration { Name = "r", VirtualHosts = { new VirtualHost { Name = "next" } } });
        Assert.Equal(GatewayState.Waiting, Ledger.Judge([Scope, next]).State);
        Ledger.Apply(new StreamEvent.Acked(1, ResourceType.RouteConfiguration, [new("r", next.Version, Routes.Version)]));
        Assert.Equal(GatewayState.Taken, Ledger.Judge([Scope, next]).State);

        // It has taken the version before this one: it counts again, and has yet to take this one.
        Assert.Null(Ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", Routes.Version)])));
        Assert.Equal((GatewayState.Waiting, 2, 0), (Ledger.Judge([Scope, next]).State, Ledger.Count, Ledger.SilentCount));
        Ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", next.Version, Routes.Version)]));
        Assert.Equal(GatewayState.Taken, Ledger.Judge([Scope, next]).State);
    }

    [Fact]
    public void Judge_GatewayOwesAnswersOfTwoTypes_DoesNotCountUntilItHasGivenBoth()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, []));
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.ScopedRouteConfiguration, []));

        Ack(2, Scope);
        Assert.Equal((GatewayState.Taken, 1), (Judge(), Ledger.Count));

        Refuse(2, Routes, "no");
        Assert.Equal((GatewayState.Refused, 2), (Judge(), Ledger.Count));
    }

    [Fact]
    public void Judge_OnlyGatewayOwesAnAnswer_IsAsWithoutAny()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        Ledger.Apply(new StreamEvent.Silent(1, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)]));

        Assert.Equal((GatewayState.Waiting, 0), (Judge(), Ledger.Count));
    }

    [Fact]
    public void Apply_GatewayOwesAnAnswer_WhatItHoldsIsStillInUse()
    {
        var gone = new List<string>();
        Ledger.Gone = (id, version) => gone.Add($"{id} {version}");
        Connect(1);
        Ack(1, Routes);

        Ledger.Apply(new StreamEvent.Silent(1, ResourceType.RouteConfiguration, [(IdOf(Routes), Routes.Version)]));
        Assert.Empty(gone);
        Assert.Equal(1, Ledger.CountOf(IdOf(Routes), Routes.Version));

        Ledger.Apply(new StreamEvent.Closed(1, [(IdOf(Routes), Routes.Version)]));
        Assert.Equal([$"{IdOf(Routes)} {Routes.Version}"], gone);
        Assert.Equal(0, Ledger.SilentCount);
    }

    [Fact]
    public void Judge_RefusedClusterThatASilentGatewayHolds_IsRefusedByTheOneThatCounts()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope, Cluster);
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)]));
        Refuse(1, Cluster, "no");

        Assert.Equal((GatewayState.Refused, "no"), Ledger.Judge([Scope, Routes, Cluster]));
    }

    [Fact]
    public void Judge_ClusterThatOnlyASilentGatewayRefuses_IsNotRefusedUntilThatOneCountsAgain()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes, Cluster);
        Ack(2, Scope);
        Refuse(2, Cluster, "no");
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)]));
        Assert.Equal((GatewayState.Taken, ""), Ledger.Judge([Scope, Routes, Cluster]));

        Ack(2, Routes);
        Assert.Equal((GatewayState.Refused, "no"), Ledger.Judge([Scope, Routes, Cluster]));
    }

    [Fact]
    public void Judge_SilentGatewayGivesUpWhatItOwesAnAnswerFor_DoesNotCount()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope);
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version)]));

        Ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("other", "", "v")], IsAnswer: false));

        Assert.Equal((GatewayState.Taken, 1, 1), (Judge(), Ledger.Count, Ledger.SilentCount));
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
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.ScopedRouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)]));
        Ledger.Apply(new StreamEvent.Silent(3, ResourceType.ScopedRouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(older), older.Version)]));
        Assert.Equal((GatewayState.Taken, 1, 2), (Judge(), Ledger.Count, Ledger.SilentCount));

        Ledger.Apply(new StreamEvent.Acked(3, ResourceType.RouteConfiguration, [new("r", Routes.Version, older.Version)]));
        Ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", "", Routes.Version)]));
        Assert.Equal((GatewayState.Taken, 1, 2), (Judge(), Ledger.Count, Ledger.SilentCount));

        // The one that has given up its routes counts again: they have to come back.
        Ledger.Apply(new StreamEvent.Acked(2, ResourceType.ScopedRouteConfiguration, []));
        Assert.Equal((GatewayState.Waiting, 2, 1), (Judge(), Ledger.Count, Ledger.SilentCount));
        Ack(2, Routes);
        Assert.Equal(GatewayState.Taken, Judge());

        Ledger.Apply(new StreamEvent.Closed(3, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)]));
        Assert.Equal((GatewayState.Taken, 2, 0), (Judge(), Ledger.Count, Ledger.SilentCount));
        Ledger.Apply(new StreamEvent.Acked(2, ResourceType.RouteConfiguration, [new("r", "", Routes.Version)]));
        Assert.Equal(GatewayState.Waiting, Judge());
    }
}
