using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Reporting;

/// <summary>Endpoints, which gateways have to hold at any version.</summary>
public sealed class GatewayEndpointTests : GatewayLedgerFixture
{
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
        Ledger.Apply(new StreamEvent.Closed(1, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version), (IdOf(Endpoints), Endpoints.Version)]));

        Assert.Equal(GatewayState.Waiting, JudgeWithEndpoints());
    }

    [Fact]
    public void Judge_EndpointsTakenBeforeScopesAreAskedFor_Count()
    {
        Ledger.Apply(new StreamEvent.Opened(1));
        Ack(1, Endpoints);
        Ledger.Apply(new StreamEvent.Subscribed(1, ResourceType.ScopedRouteConfiguration));
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

        Assert.Null(Ledger.Apply(new StreamEvent.Silent(2, ResourceType.ClusterLoadAssignment, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version)])));
        Assert.Equal((GatewayState.Taken, 1), (JudgeWithEndpoints(), Ledger.Count));

        TakeEndpoints(2, "older");
        Assert.Equal((GatewayState.Taken, 2), (JudgeWithEndpoints(), Ledger.Count));
    }

    [Fact]
    public void Judge_SilentGatewayHoldsEndpointsAtAnotherVersion_ItIsNotCountedForTheOthers()
    {
        Connect(1);
        Connect(2);
        Ack(1, Scope, Routes);
        Ack(2, Scope, Routes);
        TakeEndpoints(2, "older");
        Ledger.Apply(new StreamEvent.Silent(2, ResourceType.RouteConfiguration, [(IdOf(Scope), Scope.Version), (IdOf(Routes), Routes.Version), (IdOf(Endpoints), "older")]));
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
        Assert.Equal(GatewayState.Taken, Ledger.Judge([Endpoints]).State);
    }
}
