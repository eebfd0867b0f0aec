using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Reporting;

/// <summary>Gateways of one fleet at several replicas.</summary>
public sealed class FleetVerdictTests
{
    private static readonly ObjectKey Ingress = new("ns", "a");
    private readonly ImmutableArray<Fleet> _fleets = [new(new FleetOptions { IngressClasses = ["c"] })];

    [Fact]
    public void NoGatewayAnywhere_Waits() => Assert.Equal(GatewayState.Waiting, Judge());

    [Fact]
    public void GatewaysOfAnotherReplicaHaveTakenIt_IsTaken()
    {
        Assert.Equal(GatewayState.Taken, Judge(Other(seen: 10)));
        Assert.Equal(GatewayState.Taken, Judge(Other(seen: 11)));
    }

    [Fact]
    public void AnotherReplicaHasNotReadIt_Waits() => Assert.Equal(GatewayState.Waiting, Judge(Other(seen: 9)));

    [Fact]
    public void GatewayOfAnotherReplicaHasNotTakenIt_Waits() => Assert.Equal(GatewayState.Waiting, Judge(Other(10, (Ingress, ""))));

    [Fact]
    public void GatewayOfAnotherReplicaRefusesIt_IsRefusedInItsWords()
    {
        Connect();
        var others = ImmutableArray.Create(Other(10), Other(10, (Ingress, "no such thing")));

        Assert.Equal((GatewayState.Refused, "no such thing"), FleetVerdict.Everywhere(Ingress, _fleets, 10, FleetVerdict.Here(Ingress, _fleets), others));
    }

    [Fact]
    public void AnotherReplicaWithoutGateways_IsNotWaitedFor()
    {
        Connect();

        Assert.Equal(GatewayState.Taken, Judge(ReplicaState.Empty));
    }

    [Fact]
    public void AnotherReplicaHasMoreToSayThanItCan_Waits() => Assert.Equal(GatewayState.Waiting, Judge(Other(10) with { HasMore = true }));

    [Fact]
    public void ManyOtherIngressesAreRefusedElsewhere_IsTaken()
    {
        Connect();

        Assert.Equal(GatewayState.Taken, Judge(Other(10, [.. Enumerable.Range(0, 501).Select(i => (new ObjectKey("ns", $"refused-{i}"), "no such thing"))])));
    }

    [Fact]
    public void MoreIngressesAreRefusedElsewhereThanItCanSay_ThoseThatAreNotListedWait()
    {
        Connect();
        var other = Other(10, [.. Enumerable.Range(0, 10_000).Select(i => (Refused(i), "no such thing"))]);
        var last = Refused(9_999);
        Assert.DoesNotContain($"{last}", other.Open.Keys);

        Assert.Equal((GatewayState.Waiting, ""), FleetVerdict.Everywhere(last, _fleets, 10, FleetVerdict.Here(last, _fleets), [other]));
    }

    [Fact]
    public void SoManyAreRefusedElsewhereThatWordsDoNotFit_SaysWhereTheyAre()
    {
        Connect();
        var other = Other(10, [.. Enumerable.Range(0, 3_000).Select(i => (Refused(i), "no such thing"))]);
        var last = Refused(2_999);

        Assert.Equal(
            (GatewayState.Refused, "a gateway of another server refuses it: that server's log says why"),
            FleetVerdict.Everywhere(last, _fleets, 10, FleetVerdict.Here(last, _fleets), [other]));
        Assert.Equal(GatewayState.Taken, Judge(other));
    }

    [Fact]
    public void GatewaysOfAnotherFleet_DoNotCount()
    {
        Connect();
        var other = ReplicaState.Of([("another", 1)], 0, new Dictionary<ObjectKey, string>());

        Assert.Equal(GatewayState.Taken, Judge(other));
    }

    private static ObjectKey Refused(int number) => new("ns", string.Create(CultureInfo.InvariantCulture, $"an-ingress-with-a-name-of-the-usual-length-{number:D8}"));

    private GatewayState Judge(params ReplicaState[] others) => FleetVerdict.Everywhere(Ingress, _fleets, 10, FleetVerdict.Here(Ingress, _fleets), [.. others]).State;

    private void Connect()
    {
        _fleets[0].Ledger.Apply(new StreamEvent.Opened(1));
        _fleets[0].Ledger.Apply(new StreamEvent.Subscribed(1, ScopedRouteConfiguration));
    }

    private static ReplicaState Other(long seen, params (ObjectKey Ingress, string Words)[] open) =>
        ReplicaState.Of([(FleetOptions.DefaultName, 2)], seen, open.ToDictionary(entry => entry.Ingress, entry => entry.Words));
}
