using System.Net.WebSockets;
using k8s.Models;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

/// <summary>Two replicas on one Kubernetes API.</summary>
public class ReplicasTests
{
    // With this burst capacity the activator reports everything: no pod is scraped.
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly (string, string) Target = ("autoscaling.knative.dev/target", "10");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Stat_SentToAnotherThanTheOwner_WakesTheRevision()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var owner = await cluster.StartReplicaAsync("127.9.40.1");
        await owner.UntilOwnerAsync("hello");
        await using var other = await cluster.StartReplicaAsync("127.9.40.2");
        await cluster.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/initial-scale", "0"));
        await cluster.UntilDecidedAsync(owner, "hello", 0);

        await cluster.PushAsync(other, "hello", 1);

        await cluster.UntilReplicasAsync("hello", 1);
        Assert.False(other.Owns("hello"));
        Assert.Empty(other.Get<DeciderTable>().Keys);
    }

    [Fact]
    public async Task Owner_CutOffUnderLoad_IsReplacedWithoutAScaleDown()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var first = await cluster.StartReplicaAsync("127.9.41.1");
        await first.UntilOwnerAsync("hello");
        await using var second = await cluster.StartReplicaAsync("127.9.41.2");
        await cluster.CreateRevisionAsync("hello", AlwaysProxy, Target);
        await using var load = cluster.StartLoad("hello", concurrency: 65, second);
        await cluster.UntilReplicasAsync("hello", 10);
        using var scale = cluster.WatchScale("hello");

        first.CutOff();
        await second.UntilOwnerAsync("hello");
        Assert.False(first.Owns("hello"));
        await cluster.UntilDecisionsAsync(second, "hello", 3);

        Assert.Equal(10, scale.Least);
        Assert.Equal(10, (await cluster.FindAsync<PodAutoscaler>("hello"))!.Status!.DesiredScale);
        Assert.Empty(first.Get<DeciderTable>().Keys);
        Assert.Empty(first.Get<CollectionTable>().All);
    }

    [Fact]
    public async Task Owner_EndedBetweenScaleAndStatus_IsSucceededWithoutAScaleDown()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var first = await cluster.StartReplicaAsync("127.9.47.1");
        await first.UntilOwnerAsync("hello");
        await cluster.CreateRevisionAsync("hello", AlwaysProxy, Target);
        await using (cluster.StartLoad("hello", concurrency: 65, first))
        {
            await cluster.UntilReplicasAsync("hello", 10);
            await Eventually.TrueAsync(async () => (await cluster.FindAsync<PodAutoscaler>("hello"))!.Status?.DesiredScale == 10, Patience);
        }

        first.CutOff();
        await Eventually.TrueAsync(() => !first.Owns("hello"), Patience);
        // Its last word is that of before the load grew.
        var pa = (await cluster.FindAsync<PodAutoscaler>("hello"))!;
        pa.Status!.DesiredScale = 3;
        await cluster.WriteStatusAsync(pa);
        using var scale = cluster.WatchScale("hello");
        await using var second = await cluster.StartReplicaAsync("127.9.47.2");
        await using var load = cluster.StartLoad("hello", concurrency: 20, second);
        await second.UntilOwnerAsync("hello");
        await cluster.UntilDecisionsAsync(second, "hello", 3);

        Assert.Equal(10, scale.Least);
        Assert.Equal(10, (await cluster.FindAsync<PodAutoscaler>("hello"))!.Status!.DesiredScale);
    }

    [Fact]
    public async Task Owner_Stopped_GivesItsBucketsBackAtOnce()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        // With a lease of an hour only giving it back can help.
        await using var first = await cluster.StartReplicaAsync("127.9.42.1", customize: options => options.LeaseDuration = TimeSpan.FromHours(1));
        await first.UntilOwnerAsync("hello");
        await using var second = await cluster.StartReplicaAsync("127.9.42.2");

        await first.DisposeAsync();

        await second.UntilOwnerAsync("hello");
    }

    [Fact]
    public async Task Stats_WithoutAnOwner_WaitForOne()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "gone_127.9.43.9", seconds: 3);
        await using var replica = await cluster.StartReplicaAsync("127.9.43.1");
        await cluster.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/initial-scale", "0"));
        Assert.False(replica.Owns("hello"));

        // The first revision of a bucket without owner: there is neither SKS nor Metric yet.
        await replica.UntilOwnerAsync("hello");
        await cluster.UntilDecidedAsync(replica, "hello", 0);
        await replica.DisposeAsync();
        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "gone_127.9.43.9", seconds: 3);
        await using var next = await cluster.StartReplicaAsync("127.9.43.2");
        await cluster.PushAsync(next, "hello", 1);
        Assert.False(next.Owns("hello"));

        await cluster.UntilReplicasAsync("hello", 1);
        Assert.True(next.Owns("hello"));
    }

    [Fact]
    public async Task Stat_OfAReplicaThatTakesUsForTheOwner_GoesBackAfterAPause()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "mistaken_127.9.48.9", seconds: 3600);
        await using var replica = await cluster.StartReplicaAsync("127.9.48.1");
        await using var mistaken = await MistakenReplica.StartAsync("127.9.48.9", replica.Stats);
        await Eventually.TrueAsync(() => replica.Get<Forwarder>().HolderAddress(0) == "127.9.48.9", Patience);

        await cluster.PushAsync(replica, "hello", 1);

        await Eventually.TrueAsync(() => mistaken.Arrivals.Count >= 3, Patience);
        var arrivals = mistaken.Arrivals;
        Assert.All(arrivals.Skip(1).Zip(arrivals), pair => Assert.True(pair.First - pair.Second > TimeSpan.FromMilliseconds(400), $"{pair.First} follows {pair.Second}"));
    }

    [Fact]
    public async Task Buckets_OfAStoppedReplica_AreAllTakenOver()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var first = await cluster.StartReplicaAsync("127.9.44.1", buckets: 4);
        string[] names = [.. Enumerable.Range(1, 12).Select(i => $"hello-{i}")];
        await Eventually.TrueAsync(() => names.All(first.Owns), Patience);
        await using var second = await cluster.StartReplicaAsync("127.9.44.2", buckets: 4);
        Assert.DoesNotContain(names, second.Owns);

        await first.DisposeAsync();

        await Eventually.TrueAsync(() => names.All(second.Owns), Patience);
    }

    [Fact]
    public async Task Owner_OfABucket_LeadsItsServiceToItself()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var owner = await cluster.StartReplicaAsync("127.9.45.1");
        await owner.UntilOwnerAsync("hello");

        var slice = await Eventually.NotNullAsync(() => cluster.FindAsync<V1EndpointSlice>("autoscaler-bucket-00-of-01", SystemNames.Namespace), Patience);
        var service = await cluster.FindAsync<V1Service>("autoscaler-bucket-00-of-01", SystemNames.Namespace);
        var lease = await cluster.FindAsync<V1Lease>("autoscaler-bucket-00-of-01", SystemNames.Namespace);

        Assert.Equal(("http", 8080), (service!.Spec.Ports[0].Name, service.Spec.Ports[0].Port));
        Assert.Null(service.Spec.Selector);
        Assert.Equal("autoscaler-bucket-00-of-01", slice.Metadata.Labels[Labels.SliceService]);
        Assert.Equal(("IPv4", "127.9.45.1", "http", 8080), (slice.AddressType, Assert.Single(slice.Endpoints).Addresses[0], slice.Ports[0].Name, slice.Ports[0].Port));
        Assert.Equal("autoscaler-127.9.45.1_127.9.45.1", lease!.Spec.HolderIdentity);
    }

    [Theory]
    [InlineData("autoscaler-bucket-00-of-01.knative-serving.svc.cluster.local", true)]
    [InlineData("autoscaler-bucket-00-of-02.knative-serving.svc.cluster.local", false)]
    [InlineData("autoscaler.knative-serving.svc.cluster.local", true)]
    public async Task Socket_AskedByABucketsName_IsOpenedByItsOwnerOnly(string host, bool opened)
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var owner = await cluster.StartReplicaAsync("127.9.46.1");
        await owner.UntilOwnerAsync("hello");
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", host);

        var problem = await Record.ExceptionAsync(() => socket.ConnectAsync(owner.Stats, TestContext.Current.CancellationToken));

        Assert.Equal(opened, problem is null);
        Assert.Equal(opened ? WebSocketState.Open : WebSocketState.Closed, socket.State);
    }
}
