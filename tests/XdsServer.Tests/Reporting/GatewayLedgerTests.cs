using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Reporting;

/// <summary>What gateways have taken.</summary>
public sealed class GatewayLedgerTests : GatewayLedgerFixture
{
    [Fact]
    public void Judge_NoGateway_Waits() => Assert.Equal(GatewayState.Waiting, Judge());

    [Fact]
    public void Judge_StreamThatTakesNoRoutes_DoesNotCount()
    {
        Ledger.Apply(new StreamEvent.Opened(1));
        Ledger.Apply(new StreamEvent.Subscribed(1, ResourceType.Cluster));

        Assert.Equal(0, Ledger.Count);
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

        Assert.Null(Ledger.Apply(new StreamEvent.Closed(2, [])));
        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_ClusterThatNobodyHasAnswered_IsNotWaitedFor()
    {
        Connect(1);
        Ack(1, Scope, Routes);

        Assert.Equal(GatewayState.Taken, Ledger.Judge([Scope, Routes, Cluster]).State);
    }

    [Fact]
    public void Judge_GatewayThatHadTakenItLeaves_ItsCopiesDoNotCountForAnother()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        Connect(2);
        Ledger.Apply(new StreamEvent.Closed(1, [(new(ResourceType.ScopedRouteConfiguration, "s"), Scope.Version), (new(ResourceType.RouteConfiguration, "r"), Routes.Version)]));

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_RoutesTakenBeforeScopesAreAskedFor_Count()
    {
        Ledger.Apply(new StreamEvent.Opened(1));
        Ack(1, Routes);
        Ledger.Apply(new StreamEvent.Subscribed(1, ResourceType.ScopedRouteConfiguration));
        Ack(1, Scope);

        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_StreamThatTakesNoRoutes_ItsCopiesDoNotCount()
    {
        Connect(1);
        Ledger.Apply(new StreamEvent.Opened(2));
        Ack(2, Scope, Routes);

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_CopyDroppedByTheGateway_Waits()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        Ledger.Apply(new StreamEvent.Acked(1, ResourceType.RouteConfiguration, [new("r", "", Routes.Version)]));

        Assert.Equal(GatewayState.Waiting, Judge());
    }

    [Fact]
    public void Judge_OlderVersionTaken_Waits()
    {
        Connect(1);
        Ack(1, Scope);
        Ledger.Apply(new StreamEvent.Acked(1, ResourceType.RouteConfiguration, [new("r", "older")]));

        Assert.Equal(GatewayState.Waiting, Judge());
    }
}
