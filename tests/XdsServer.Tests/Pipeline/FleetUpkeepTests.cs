using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Streams;
using Microsoft.Extensions.Logging.Abstractions;
using EnvoyCluster = Envoy.Config.Cluster.V3.Cluster;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

public sealed class FleetUpkeepTests
{
    private const long Gateway = 1;
    private static readonly ObjectKey Ingress = new("ns", "a");
    private readonly Fleet _fleet = new(new FleetOptions { IngressClasses = ["c"] });
    private readonly List<OwnerEvent.Overdue> _later = [];
    private readonly FleetUpkeep _upkeep;

    public FleetUpkeepTests()
    {
        _upkeep = new(TimeSpan.FromSeconds(10), (happens, _) => _later.Add((OwnerEvent.Overdue)happens), NullLogger.Instance);
        _fleet.Ledger.Apply(new StreamEvent.Opened(Gateway));
        _fleet.Ledger.Apply(new StreamEvent.Subscribed(Gateway, ResourceType.ScopedRouteConfiguration));
    }

    [Fact]
    public void ClusterLeavesTwice_EachTimeItStaysForTheWholeLimit()
    {
        var old = Use("old");
        _fleet.Ledger.Apply(new StreamEvent.Acked(Gateway, old.Type, [new(old.Name, old.Version)]));
        Use("new");
        Use("old");
        Use("new");
        Assert.Equal(2, _later.Count);

        End(_later[0]);
        Assert.Equal(["new", "old"], Clusters());

        End(_later[1]);
        Assert.Equal(["new"], Clusters());
        Assert.Equal(2, _later.Count);
    }

    private EncodedResource Use(string cluster)
    {
        var routes = EncodedResource.Of(new RouteConfiguration
        {
            Name = "r",
            VirtualHosts = { new VirtualHost { Name = "h", Routes = { new Route { Route_ = new RouteAction { Cluster = cluster } } } } },
        });
        _fleet.Owners.Assign(Ingress, [EncodedResource.Of(new EnvoyCluster { Name = cluster }), routes]);
        _upkeep.Dismiss(_fleet);
        return routes;
    }

    private void End(OwnerEvent.Overdue hold)
    {
        _upkeep.EndHold(hold.Fleet, hold.Resources, hold.Hold);
        _upkeep.Dismiss(_fleet);
    }

    private IEnumerable<string> Clusters() => _fleet.Store.Publish()[ResourceType.Cluster].Names.Order(StringComparer.Ordinal);
}
