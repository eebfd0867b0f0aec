using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Resources;

public sealed class ResourceStoreTests
{
    [Fact]
    public void Version_SameContent_IsEqualAcrossInstances() =>
        Assert.Equal(Sample.Cluster("a", 7).Version, Sample.Cluster("a", 7).Version);

    [Fact]
    public void Version_OtherContent_Differs() =>
        Assert.NotEqual(Sample.Cluster("a", 7).Version, Sample.Cluster("a", 8).Version);

    [Fact]
    public void Set_SameContent_LeavesNoTraceInTheChangeLog()
    {
        var store = new ResourceStore().With(Sample.Cluster("a"));
        var before = store.Current[ResourceType.Cluster].Sequence;

        Assert.False(store.Set(Sample.Cluster("a")));
        Assert.Equal(before, store.Publish()[ResourceType.Cluster].Sequence);
    }

    [Fact]
    public void Snapshot_TakenBeforeAChange_DoesNotSeeIt()
    {
        var store = new ResourceStore().With(Sample.Cluster("a", 1));
        var snapshot = store.Current;

        store.With(Sample.Cluster("a", 2), Sample.Cluster("b"));

        Assert.Equal(1, snapshot[ResourceType.Cluster].Count);
        Assert.Equal(Sample.Cluster("a", 1).Version, snapshot[ResourceType.Cluster].Find("a")!.Version);
    }

    [Fact]
    public void TryChangedSince_AfterChanges_NamesThemAlone()
    {
        var store = new ResourceStore().With(Sample.Cluster("a"), Sample.Cluster("b"));
        var sequence = store.Current[ResourceType.Cluster].Sequence;
        store.With(Sample.Cluster("b", 1));
        store.Remove(new(ResourceType.Cluster, "a"));

        Assert.True(store.Publish()[ResourceType.Cluster].TryChangedSince(sequence, out var names));
        Assert.Equal(["b", "a"], names.ToArray());
    }

    [Fact]
    public void TryChangedSince_FartherBackThanTheLog_SaysSo()
    {
        var store = new ResourceStore(logCapacity: 4);
        for (uint i = 0; i < 10; i++)
        {
            store.With(Sample.Cluster("a", i));
        }

        var snapshot = store.Current[ResourceType.Cluster];
        Assert.Equal(10, snapshot.Sequence);
        Assert.False(snapshot.TryChangedSince(0, out _));
        Assert.True(snapshot.TryChangedSince(9, out var last));
        Assert.Equal(["a"], last.ToArray());
    }

    [Fact]
    public void References_OfRoutes_AreTheirClusters() =>
        Assert.Equal(["a", "b"], Sample.Routes("r", "b", "a", "b").References);

    [Fact]
    public void Owners_SharedCluster_LeavesWithTheLastOwner()
    {
        var store = new ResourceStore();
        var owners = new ResourceOwners(store);
        var id = new ResourceId(ResourceType.Cluster, "shared");
        owners.Assign(new("ns", "one"), [Sample.Cluster("shared"), Sample.Routes("one", "shared")]);
        owners.Assign(new("ns", "two"), [Sample.Cluster("shared")]);

        owners.Release(new("ns", "one"));
        Assert.NotNull(store.Find(id));
        Assert.Null(store.Find(new(ResourceType.RouteConfiguration, "one")));
        Assert.Equal([new("ns", "two")], owners.OwnersOf(id));

        owners.Release(new("ns", "two"));
        Assert.Null(store.Find(id));
    }
}
