using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>An ingress that goes to another fleet stays in the one that it leaves until its time there is over.</summary>
public sealed class FleetMoveTests
{
    private static readonly ObjectKey A = new("ns", "a");
    private static readonly ObjectKey Young = new("ns", "young");
    private static readonly string[] Routes = ["ns/a/external", "ns/a/local"];
    private readonly FleetDirectory _fleets = new(
    [
        new FleetOptions { Name = "red", IngressClasses = ["red", "both"] },
        new FleetOptions { Name = "green", IngressClasses = ["green", "both"] },
        new FleetOptions { Name = "blue", IngressClasses = ["blue"] },
    ]);

    private readonly FakeCluster _cluster;
    private readonly IngressPipeline _pipeline;

    public FleetMoveTests()
    {
        _cluster = new FakeCluster(_fleets).WithService("svc");
        _pipeline = new(_cluster, new TranslationSettings());
    }

    private Fleet Red => _fleets.All[0];
    private Fleet Green => _fleets.All[1];
    private Fleet Blue => _fleets.All[2];

    [Fact]
    public void IngressMoves_BothFleetsServeIt_UntilItsTimeInTheOldOneIsOver()
    {
        Put("a", "red");
        Put("a", "green");

        Assert.Equal(Routes, Names(Red));
        Assert.Equal(Routes, Names(Green));
        Assert.Equal(Red.Store.Find(new(RouteConfiguration, Routes[0]))!.Version, Green.Store.Find(new(RouteConfiguration, Routes[0]))!.Version);
        Assert.Equal([Green], _pipeline.Entries[A].Fleets);
        Assert.Equal([(A, 1L)], _pipeline.Moves.TakeBegun());
        Assert.Empty(_pipeline.Moves.TakeBegun());

        var translations = _pipeline.Translations;
        End(1);
        Assert.Empty(Names(Red));
        Assert.Equal(0, Red.Store.Current[ScopedRouteConfiguration].Count);
        Assert.Equal(0, Red.Store.Current[ClusterLoadAssignment].Count);
        Assert.Equal(Routes, Names(Green));
        Assert.Equal([Red], _pipeline.News);
        Assert.Equal(translations, _pipeline.Translations);
    }

    [Fact]
    public void IngressLeaves_WhatItReferToChanges_TheFleetThatItLeavesFollows()
    {
        _cluster.WithService("next");
        Put("a", "red");
        Put("a", "green");

        _cluster.WithService("svc", pod: "10.0.0.2");
        _pipeline.MarkEndpoints(new("ns", "svc"));
        _pipeline.Process();
        Assert.Contains("10.0.0.2", Red.Store.Current[ClusterLoadAssignment].Find("ns/svc/80")!.Body.Value.ToStringUtf8(), StringComparison.Ordinal);

        Put("a", "green", "b.example.com", "next");
        Assert.Equal(["external|b.example.com", "local|b.example.com"], Red.Store.Current[ScopedRouteConfiguration].Names.Order());
        Assert.Equal(["ns/next/80"], Red.Store.Current[Cluster].Names);
        Assert.Equal(["ns/next/80"], Red.Store.Current[ClusterLoadAssignment].Names);
        Assert.Equal(Green.Store.Find(new(RouteConfiguration, Routes[0]))!.Version, Red.Store.Find(new(RouteConfiguration, Routes[0]))!.Version);
    }

    [Fact]
    public void IngressComesBackInTime_TheEndOfTheMoveTakesItOutOfTheOtherAlone()
    {
        Put("a", "red");
        Put("a", "green");
        Put("a", "red");
        Assert.Equal([(A, 1L), (A, 2L)], _pipeline.Moves.TakeBegun());

        End(1);
        Assert.Equal(Routes, Names(Red));
        Assert.Equal(Routes, Names(Green));

        End(2);
        Assert.Equal(Routes, Names(Red));
        Assert.Empty(Names(Green));
    }

    [Fact]
    public void IngressLeavesAgain_ItHasTheWholeTimeOnceMore()
    {
        Put("a", "red");
        Put("a", "green");
        Put("a", "red");
        Put("a", "green");
        Assert.Equal([(A, 1L), (A, 2L), (A, 3L)], _pipeline.Moves.TakeBegun());

        End(1);
        End(2);
        Assert.Equal(Routes, Names(Red));
        Assert.Equal(Routes, Names(Green));

        End(3);
        Assert.Empty(Names(Red));
    }

    [Fact]
    public void IngressMovesOn_EachFleetThatItLeavesHasItsOwnTime()
    {
        Put("a", "red");
        Put("a", "green");
        Put("a", "blue");
        Assert.Equal([(A, 1L), (A, 2L)], _pipeline.Moves.TakeBegun());
        Assert.All(_fleets.All, fleet => Assert.Equal(Routes, Names(fleet)));

        End(1);
        Assert.Empty(Names(Red));
        Assert.Equal(Routes, Names(Green));

        End(2);
        Assert.Empty(Names(Green));
        Assert.Equal(Routes, Names(Blue));
    }

    [Fact]
    public void IngressOfTwoFleets_LeavesOneOfThem_ItStaysThereForItsTime()
    {
        Put("a", "both");
        Put("a", "green");
        Assert.Equal(Routes, Names(Red));

        End(1);
        Assert.Empty(Names(Red));
        Assert.Equal(Routes, Names(Green));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("foreign")]
    public void IngressGoesInTheMiddle_ItLeavesBothAtOnce(string? ingressClass)
    {
        Put("a", "red");
        Put("a", "green");
        if (ingressClass is null)
        {
            _cluster.IngressesByKey.Remove(A);
            _pipeline.MarkIngress(A);
            _pipeline.Process();
        }
        else
        {
            Put("a", ingressClass);
        }

        Assert.All(_fleets.All, fleet => Assert.Empty(Names(fleet)));
        Assert.Null(Red.Claims.OwnerOf("external|a.example.com"));
        End(1);
        Assert.Empty(_pipeline.Entries);
    }

    [Fact]
    public void IngressIsMadeAnewForAnotherFleet_TheOldOneLeavesNothingBehind()
    {
        Put("a", "red");
        Put("a", "green", age: 0);

        Assert.Empty(Names(Red));
        Assert.Null(Red.Claims.OwnerOf("external|a.example.com"));
        Assert.Equal(Routes, Names(Green));
        Assert.Empty(_pipeline.Moves.TakeBegun());
    }

    [Fact]
    public void YoungerIngressOfTheOldFleetHasTheHost_ItGetsItAtOnce_AndNeitherHasAConflict()
    {
        Put("a", "red", age: 2);
        Put("young", "red");
        Assert.Single(_pipeline.Entries[Young].Conflicts);

        Put("a", "green", age: 2);
        AssertYoungHasIt();

        // Even at a change.
        Put("a", "green", service: "next", age: 2);
        AssertYoungHasIt();
        End(1);
        AssertYoungHasIt();

        void AssertYoungHasIt()
        {
            Assert.Equal("ns/young/external", OwnerIn(Red));
            Assert.Equal("ns/a/external", OwnerIn(Green));
            Assert.All(_pipeline.Entries.Values, entry => Assert.Empty(entry.Conflicts));
        }
    }

    [Fact]
    public void YoungerIngressOfTheOldFleetComesForTheHost_ItGetsItAtOnce_AndGivesItBackWhenItGoes()
    {
        Put("a", "red", age: 2);
        Put("a", "green", age: 2);
        Put("young", "red");
        Assert.Equal("ns/young/external", OwnerIn(Red));
        Assert.Empty(_pipeline.Entries[A].Conflicts);
        Assert.Empty(_pipeline.Entries[Young].Conflicts);

        _cluster.IngressesByKey.Remove(Young);
        _pipeline.MarkIngress(Young);
        _pipeline.Process();
        Assert.Equal("ns/a/external", OwnerIn(Red));
    }

    [Fact]
    public void IngressComesBack_ItsHostIsItsOwnAgain()
    {
        Put("a", "red", age: 2);
        Put("a", "green", age: 2);
        Put("young", "red");

        Put("a", "red", age: 2);

        Assert.Equal("ns/a/external", OwnerIn(Red));
        Assert.Single(_pipeline.Entries[Young].Conflicts);
    }

    [Fact]
    public void TwoIngressesLeaveWithOneHost_TheOlderOneHasIt_UntilItHasLeft()
    {
        Put("a", "red", age: 2);
        Put("young", "red");
        Put("young", "green");
        Put("a", "green", age: 2);
        Assert.Equal([(Young, 1L), (A, 2L)], _pipeline.Moves.TakeBegun());
        Assert.Equal("ns/a/external", OwnerIn(Red));
        // In the fleet that both have come to it is one.
        Assert.Single(_pipeline.Entries[Young].Conflicts);

        End(2);
        Assert.Equal("ns/young/external", OwnerIn(Red));
    }

    [Fact]
    public void AddressIsThatOfTheOldFleet_UntilTheNewOneHasTakenIt()
    {
        Put("a", "red");
        Assert.Equal([Red], Addressed());
        Put("a", "green");
        Assert.Equal([Red], Addressed());

        _pipeline.Moves.Arrive(A);
        Assert.Equal([Green], Addressed());
        End(1);
        Assert.Equal([Green], Addressed());
    }

    [Fact]
    public void NewFleetNeverTakesIt_AddressIsItsOwnWhenTheOldOneHasItNoMore()
    {
        Put("a", "red");
        Put("a", "green");
        Put("a", "blue");
        Assert.Equal([Red], Addressed());

        End(1);
        Assert.Equal([Blue], Addressed());
    }

    [Fact]
    public void FleetThatIsNamedFirstIsAdded_AddressIsThatOfTheOther_UntilItHasTakenIt()
    {
        Put("a", "green");
        Put("a", "both");
        Assert.Empty(_pipeline.Moves.TakeBegun());
        Assert.Equal([Green], Addressed());

        _pipeline.Moves.Arrive(A);
        Assert.Equal([Red, Green], Addressed());
    }

    [Fact]
    public void LabelChangesAlone_OtherServersHaveToHaveReadTheMove()
    {
        Put("a", "red", version: 7);
        Put("a", "red", version: 8, isSameGeneration: true);
        Assert.Equal(7, _pipeline.Entries[A].Version);

        Put("a", "green", version: 9, isSameGeneration: true);
        Assert.Equal(9, _pipeline.Entries[A].Version);
        Put("a", "green", version: 10, isSameGeneration: true);
        Assert.Equal(9, _pipeline.Entries[A].Version);
    }

    private static IEnumerable<string> Names(Fleet fleet) => fleet.Store.Current[RouteConfiguration].Names.Order();

    private static string OwnerIn(Fleet fleet) => fleet.Store.Current[ScopedRouteConfiguration].Find("external|a.example.com")!.References.Single();

    private ImmutableArray<Fleet> Addressed() => _pipeline.Moves.AddressedAt(A, _pipeline.Entries[A].Fleets);

    private void End(long move)
    {
        foreach (var key in new[] { A, Young })
        {
            _pipeline.EndMove(key, move);
        }

        _pipeline.Process();
    }

    private void Put(string name, string ingressClass, string host = "a.example.com", string service = "svc", int age = 1, long version = 0, bool isSameGeneration = false)
    {
        var key = _cluster.WithIngress(name, ingressClass, service, age, [host]);
        if (isSameGeneration)
        {
            _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with { Generation = 1 };
        }

        _cluster.Versions[key] = version;
        _pipeline.MarkIngress(key);
        _pipeline.Process();
    }
}
