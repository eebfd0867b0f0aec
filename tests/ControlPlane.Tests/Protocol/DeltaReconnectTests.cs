using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What an incremental client is sent that comes back; docs/compatibility.md lists the rules.</summary>
public sealed class DeltaReconnectTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Reconnect_SameVersions_SendsOnlyWhatDiffers()
    {
        _store.With(Sample.Cluster("same"), Sample.Cluster("changed", 1), Sample.Cluster("new"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r").Send(new()
        {
            TypeUrl = Cluster.TypeUrl(),
            InitialResourceVersions = { { "same", Sample.Cluster("same").Version }, { "changed", Sample.Cluster("changed").Version }, { "gone", "x" } },
        });
        client.Receive(RouteConfiguration);
        var response = client.Receive(Cluster);

        Assert.Equal(["changed", "new"], response.Resources.Select(resource => resource.Name));
        Assert.Equal(["gone"], response.RemovedResources);
    }

    [Fact]
    public void Reconnect_SameVersions_NothingOfTheMessageIsKept()
    {
        var assignment = Sample.Assignment("same");
        _store.With(assignment);
        var client = new DeltaClient(_store).Send(new()
        {
            TypeUrl = ClusterLoadAssignment.TypeUrl(),
            ResourceNamesSubscribe = { Copy("same") },
            InitialResourceVersions = { { Copy("same"), Copy(assignment.Version) } },
        });
        var held = Assert.Single(client.Held);
        var told = Assert.Single(Assert.Single(client.Effects.OfType<StreamEffect.Acked>()).Resources);

        Assert.Same(assignment.Name, held.Id.Name);
        Assert.Same(assignment.Version, held.Version);
        Assert.Same(assignment.Name, told.Name);
        Assert.Same(assignment.Version, told.Version);
    }

    [Fact]
    public void Reconnect_NewRoutesAreRefused_ClustersOfTheFormerOnesStayForAsLongAsThat()
    {
        _store.With(Sample.Cluster("new"), Sample.Routes("r", "new"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "old", Sample.Cluster("old").Version } } });
        client.Accept(Cluster);
        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, InitialResourceVersions = { { "r", Sample.Routes("r", "old").Version } } });
        client.Nack(client.Receive(RouteConfiguration));

        client.Tick(3 * StreamPolicy.Default.HoldTicks);
        Assert.Empty(client.Inbox);

        _store.With(Sample.Cluster("mended"), Sample.Routes("r", "mended"));
        client.Push().Accept(Cluster);
        client.Accept(RouteConfiguration);
        Assert.Equal(["old"], client.Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void Reconnect_ClusterReplacedMeanwhile_LeavesAfterTheRoutesThatUsedItAreAcked()
    {
        _store.With(Sample.Cluster("new"), Sample.Routes("r", "new"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "old", Sample.Cluster("old").Version } } });

        // The client has yet to say that it holds routes to "old".
        var clusters = client.Accept(Cluster);
        Assert.Equal(["new"], clusters.Resources.Select(resource => resource.Name));
        Assert.Empty(clusters.RemovedResources);
        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, InitialResourceVersions = { { "r", Sample.Routes("r", "old").Version } } });
        client.Accept(RouteConfiguration);

        Assert.Equal(["old"], client.Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void Reconnect_UsersNeverAskedFor_RemovalGoesOutWhenHoldsEnd()
    {
        _store.With(Sample.Cluster("new"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "old", "x" } } });
        client.Accept(Cluster);

        Assert.True(client.IsHolding);
        Assert.Equal(["old"], client.Release().Receive(Cluster).RemovedResources);
    }

    [Fact]
    public void Reconnect_ByNameAllEqual_IsSilent()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Send(new()
        {
            TypeUrl = RouteConfiguration.TypeUrl(),
            ResourceNamesSubscribe = { "r" },
            InitialResourceVersions = { { "r", Sample.Routes("r").Version } },
        });

        Assert.Empty(client.Inbox);
        Assert.Equal([new AckedResource("r", Sample.Routes("r").Version)], client.Effects.OfType<StreamEffect.Acked>().Single().Resources);
    }

    /// <summary>The same characters in a string of its own, as in a message.</summary>
    private static string Copy(string text) => new([.. text]);
}
