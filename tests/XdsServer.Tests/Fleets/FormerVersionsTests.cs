using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Streams;
using static Knative.Xds.ControlPlane.Resources.ResourceType;
using EnvoyCluster = Envoy.Config.Cluster.V3.Cluster;
using Route = Envoy.Config.Route.V3.Route;
using RouteAction = Envoy.Config.Route.V3.RouteAction;
using Routes = Envoy.Config.Route.V3.RouteConfiguration;
using VirtualHost = Envoy.Config.Route.V3.VirtualHost;

namespace Knative.Xds.XdsServer.Tests.Fleets;

/// <summary>What holds for all gateways of a fleet: a cluster goes last, and a refused version is served to nobody.</summary>
public sealed class FormerVersionsTests
{
    private static readonly ObjectKey Ingress = new("ns", "a");
    private static readonly ResourceId RoutesId = new(RouteConfiguration, "r");
    private readonly Fleet _fleet = new(new FleetOptions { IngressClasses = ["c"] });

    [Fact]
    public void VersionIsRefused_AnotherHadGivenWayToTheOneBefore_TheOneServedLastComesBack()
    {
        Connect(1);
        Connect(2);
        var (first, second, third) = (RoutesTo("first"), RoutesTo("second"), RoutesTo("third"));
        Assign(Cluster_("first"), first);
        Take(1, first);
        Take(2, first);
        Assign(Cluster_("second"), second);
        Take(1, second, first);
        Assign(Cluster_("first"), first);
        Assign(Cluster_("third"), third);

        // The slow gateway has the first, the other one has yet to give up the second.
        Assert.Equal(first.Version, _fleet.Former.Refuse(RoutesId, third.Version, "no")?.Version);
    }

    [Fact]
    public void ClusterOutOfUse_GoesWhenTheLastGatewayHasLeftItsRoutes()
    {
        Connect(1);
        Connect(2);
        var (old, next) = (RoutesTo("old"), RoutesTo("new"));
        Assign(Cluster_("old"), old);
        Take(1, old);
        Take(2, old);

        Assign(Cluster_("new"), next);
        Assert.Equal(["new", "old"], Clusters());

        Take(1, next, old);
        Assert.False(_fleet.Owners.Dismiss());
        Assert.Equal(["new", "old"], Clusters());

        Take(2, next, old);
        Assert.True(_fleet.Owners.Dismiss());
        Assert.Equal(["new"], Clusters());
    }

    [Fact]
    public void ClusterOutOfUse_GatewayThatHeldItsRoutesLeaves_Goes()
    {
        Connect(1);
        var old = RoutesTo("old");
        Assign(Cluster_("old"), old);
        Take(1, old);
        Assign(Cluster_("new"), RoutesTo("new"));

        _fleet.Ledger.Apply(new StreamEvent.Closed(1, [(RoutesId, old.Version)]));

        Assert.True(_fleet.Owners.Dismiss());
        Assert.Equal(["new"], Clusters());
    }

    [Fact]
    public void ClusterOutOfUse_NoGatewayHasItsRoutes_GoesAtOnce()
    {
        Connect(1);
        Assign(Cluster_("old"), RoutesTo("old"));
        Assign(Cluster_("new"), RoutesTo("new"));

        Assert.Equal(["new"], Clusters());
    }

    [Fact]
    public void ClusterOutOfUse_TimeIsUp_GoesAllTheSame()
    {
        Connect(1);
        var old = RoutesTo("old");
        Assign(Cluster_("old"), old);
        Take(1, old);
        Assign(Cluster_("new"), RoutesTo("new"));

        Assert.True(_fleet.Owners.Dismiss(_fleet.Owners.Leaving.ToList()));
        Assert.Equal(["new"], Clusters());
    }

    [Fact]
    public void ClusterOutOfUse_ComesBack_Stays()
    {
        Connect(1);
        var (old, next) = (RoutesTo("old"), RoutesTo("new"));
        Assign(Cluster_("old"), old);
        Take(1, old);
        Assign(Cluster_("new"), next);
        Assign(Cluster_("old"), old);
        Take(1, next, old);
        Take(1, old, next);

        _fleet.Owners.Dismiss();

        Assert.Equal(["old"], Clusters());
        Assert.Empty(_fleet.Owners.Leaving);
    }

    [Fact]
    public void IngressIsDeleted_ItsClusterGoesWhenTheGatewaysHaveGivenUpItsRoutes()
    {
        Connect(1);
        var old = RoutesTo("old");
        Assign(Cluster_("old"), old);
        Take(1, old);

        _fleet.Owners.Release(Ingress);
        Assert.Null(_fleet.Store.Find(RoutesId));
        Assert.Equal(["old"], Clusters());

        _fleet.Ledger.Apply(new StreamEvent.Acked(1, RouteConfiguration, [new("r", "", old.Version)]));
        Assert.True(_fleet.Owners.Dismiss());
        Assert.Empty(Clusters());
    }

    [Fact]
    public void NewVersionIsRefused_TheFormerOneIsServedUntilThereIsAnother()
    {
        Connect(1);
        Connect(2);
        var (old, bad, mended) = (RoutesTo("old"), RoutesTo("bad"), RoutesTo("mended"));
        Assign(Cluster_("old"), old);
        Take(1, old);
        Take(2, old);
        Assign(Cluster_("bad"), bad);
        Take(1, bad, old);

        Assert.Equal(old.Version, _fleet.Former.Refuse(RoutesId, bad.Version, "no")!.Version);
        Assert.True(_fleet.Owners.Replace(old));
        Assert.Equal("no", _fleet.Former.RefusalOf(RoutesId));

        // Wanted again, as when the ingress is translated for another reason, it stays out.
        Assign(Cluster_("bad"), bad);
        Assert.Equal(old.Version, _fleet.Store.Find(RoutesId)!.Version);
        Assert.Contains("old", Clusters());

        Assign(Cluster_("mended"), mended);
        Assert.Equal(mended.Version, _fleet.Store.Find(RoutesId)!.Version);
        Assert.Null(_fleet.Former.RefusalOf(RoutesId));
    }

    [Fact]
    public void NewVersionIsRefused_ClustersOfTheFormerOneStayWhileItIsServed_WhateverTheTimeAndTheGateways()
    {
        Connect(1);
        var (old, bad, mended) = (RoutesTo("old"), RoutesTo("bad"), RoutesTo("mended"));
        Assign(Cluster_("old"), old);
        Take(1, old);
        Assign(Cluster_("bad"), bad);
        _fleet.Former.Refuse(RoutesId, bad.Version, "no");
        _fleet.Owners.Replace(old);

        _fleet.Owners.Dismiss(_fleet.Owners.Leaving.ToList());
        Assert.Contains("old", Clusters());
        _fleet.Ledger.Apply(new StreamEvent.Closed(1, [(RoutesId, old.Version)]));
        _fleet.Owners.Dismiss();
        Assert.Contains("old", Clusters());

        Assign(Cluster_("mended"), mended);
        _fleet.Owners.Dismiss();
        Assert.Equal(["mended"], Clusters());
    }

    [Fact]
    public void NewClusterIsRefused_TheFormerOneIsServed()
    {
        Connect(1);
        var (good, bad) = (Cluster_("c"), EncodedResource.Of(new EnvoyCluster { Name = "c", Type = EnvoyCluster.Types.DiscoveryType.Eds, AltStatName = "bad" }));
        Assign(good);
        Take(1, good);
        Assign(bad);

        Assert.Equal(good.Version, _fleet.Former.Refuse(new(Cluster, "c"), bad.Version, "no")?.Version);
    }

    [Fact]
    public void FirstVersionIsRefused_ItStaysForTheGatewaysThatTakeIt()
    {
        Connect(1);
        var first = RoutesTo("c");
        Assign(Cluster_("c"), first);

        Assert.Null(_fleet.Former.Refuse(RoutesId, first.Version, "no"));
        Assert.Equal(first.Version, _fleet.Store.Find(RoutesId)!.Version);
    }

    [Fact]
    public void RefusedIngressIsDeletedAndMadeAgain_ItGetsAnotherChance()
    {
        Connect(1);
        var (old, bad) = (RoutesTo("old"), RoutesTo("bad"));
        Assign(Cluster_("old"), old);
        Take(1, old);
        Assign(Cluster_("bad"), bad);
        _fleet.Former.Refuse(RoutesId, bad.Version, "no");
        _fleet.Owners.Replace(old);

        _fleet.Owners.Release(Ingress);
        Assign(Cluster_("bad"), bad);

        Assert.Equal(bad.Version, _fleet.Store.Find(RoutesId)!.Version);
        Assert.Null(_fleet.Former.RefusalOf(RoutesId));
    }

    private void Connect(long gateway)
    {
        _fleet.Ledger.Apply(new StreamEvent.Opened(gateway));
        _fleet.Ledger.Apply(new StreamEvent.Subscribed(gateway, ScopedRouteConfiguration));
    }

    private void Take(long gateway, EncodedResource resource, EncodedResource? before = null) =>
        _fleet.Ledger.Apply(new StreamEvent.Acked(gateway, resource.Type, [new(resource.Name, resource.Version, before?.Version ?? "")]));

    private void Assign(params EncodedResource[] resources)
    {
        _fleet.Owners.Assign(Ingress, resources);
        _fleet.Store.Publish();
    }

    private IEnumerable<string> Clusters()
    {
        _fleet.Store.Publish();
        return _fleet.Store.Current[Cluster].Names.Order();
    }

    private static EncodedResource Cluster_(string name) => EncodedResource.Of(new EnvoyCluster { Name = name, Type = EnvoyCluster.Types.DiscoveryType.Eds });

    private static EncodedResource RoutesTo(string cluster) => EncodedResource.Of(new Routes
    {
        Name = "r",
        VirtualHosts = { new VirtualHost { Name = "h", Domains = { "h" }, Routes = { new Route { Route_ = new RouteAction { Cluster = cluster } } } } },
    });
}
