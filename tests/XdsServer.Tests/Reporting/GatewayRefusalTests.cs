using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Reporting;

/// <summary>What gateways have refused.</summary>
public sealed class GatewayRefusalTests : GatewayLedgerFixture
{
    [Fact]
    public void Judge_RefusedCluster_IsRefusedUntilThatGatewayTakesIt()
    {
        Connect(1);
        Ack(1, Scope, Routes);
        Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.Cluster, [new("c", Cluster.Version)], "no"));
        Assert.Equal(GatewayState.Refused, Ledger.Judge([Scope, Routes, Cluster]).State);

        Ledger.Apply(new StreamEvent.Acked(1, ResourceType.Cluster, [new("c", Cluster.Version)]));

        Assert.Equal(GatewayState.Taken, Ledger.Judge([Scope, Routes, Cluster]).State);
    }

    [Fact]
    public void Judge_SameRefusalInOtherWords_IsOneRefusal()
    {
        Connect(1);
        Ack(1, Scope);
        Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "goo.gle/debugonly  routes: bad"));
        Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "goo.gle/debugstr routes:  bad"));
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
        Ledger.Apply(new StreamEvent.Nacked(2, ResourceType.ClusterLoadAssignment, [new("c", Endpoints.Version)], "no"));
        Assert.Equal((GatewayState.Refused, "no"), Ledger.Judge([Scope, Routes, Endpoints]));

        Ledger.Apply(new StreamEvent.Closed(2, [(new(ResourceType.ScopedRouteConfiguration, "s"), Scope.Version), (new(ResourceType.RouteConfiguration, "r"), Routes.Version)]));

        Assert.Equal(GatewayState.Taken, Ledger.Judge([Scope, Routes, Endpoints]).State);
    }

    [Fact]
    public void Judge_RefusedOnceAndTakenByAllLater_IsTaken()
    {
        Connect(1);
        Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "no such thing"));
        Ack(1, Scope, Routes);

        Assert.Equal(GatewayState.Taken, Judge());
    }

    [Fact]
    public void Judge_LoneRefusal_IsRefusedUntilTheVersionChanges()
    {
        Connect(1);
        Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version)], "no such thing"));
        Assert.Equal((GatewayState.Refused, "no such thing"), Ledger.Judge([Scope, Routes]));

        var next = EncodedResource.Of(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true });
        Assert.Equal(GatewayState.Waiting, Ledger.Judge([Scope, next]).State);
    }

    [Fact]
    public void Judge_RefusalOfSeveral_BlamesNobodyYet()
    {
        Connect(1);
        Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.RouteConfiguration, [new("r", Routes.Version), new("other", "v")], "one of them"));

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
        Assert.Equal((GatewayState.Refused, "one says no"), Ledger.Judge([Scope, Routes]));

        Ledger.Apply(new StreamEvent.Closed(2, []));
        Assert.Equal((GatewayState.Refused, "one says no"), Ledger.Judge([Scope, Routes]));

        Ledger.Apply(new StreamEvent.Closed(1, []));
        Assert.Equal((GatewayState.Taken, ""), Ledger.Judge([Scope, Routes]));
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

        Assert.Equal((GatewayState.Refused, "two says no"), Ledger.Judge([Scope, Routes]));
    }

    [Fact]
    public void Judge_GatewaysRefuseDifferentVersions_EachCountsForItsOwn()
    {
        var next = EncodedResource.Of(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true });
        Connect(1);
        Connect(2);
        Refuse(1, Routes, "the old one");
        Refuse(2, next, "the new one");

        Assert.Equal((GatewayState.Refused, "the old one"), Ledger.Judge([Routes]));
        Assert.Equal((GatewayState.Refused, "the new one"), Ledger.Judge([next]));
    }

    [Fact]
    public void Judge_CertificateRefusedUnderAnotherName_IsRefusedUntilItIsTaken()
    {
        var certificate = EncodedResource.Of(new Secret { Name = "a.example.com" });
        AckedResource asked = new("A.EXAMPLE.COM", "of the alias") { StandsFor = certificate };
        Connect(1);
        Ack(1, Scope, Routes);

        Assert.Equal([IdOf(certificate)], Ledger.Apply(new StreamEvent.Nacked(1, ResourceType.Secret, [asked], "no"))!);
        Assert.Equal((GatewayState.Refused, "no"), Ledger.Judge([Scope, Routes, certificate]));

        Assert.Equal([IdOf(certificate)], Ledger.Apply(new StreamEvent.Acked(1, ResourceType.Secret, [asked]))!);
        Assert.Equal((GatewayState.Taken, ""), Ledger.Judge([Scope, Routes, certificate]));
    }

    [Fact]
    public void Apply_StreamThatTakesNoRoutesLeaves_TellsWhatItRefused()
    {
        Ledger.Apply(new StreamEvent.Opened(1));
        Refuse(1, Cluster, "no");

        Assert.Equal([new ResourceId(ResourceType.Cluster, "c")], Ledger.Apply(new StreamEvent.Closed(1, []))!);
    }
}
