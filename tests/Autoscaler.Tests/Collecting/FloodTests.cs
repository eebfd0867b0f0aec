using System.Globalization;
using System.Net.WebSockets;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Autoscaler.Tests.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

/// <summary>One client that floods, and another that does not.</summary>
public class FloodTests
{
    private const string Flooder = "127.9.58.2", Other = "127.9.58.1";
    private const int PerFrame = 1000;
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Flood_OverSeveralConnections_IsHeldBackAndTheOthersAreRead()
    {
        const int Frames = 210;
        await using var harness = await AutoscalerHarness.StartAsync(("stable-window", "6s"), ("scale-to-zero-grace-period", "1s"));
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.58.3");
        await harness.UntilReplicasAsync("hello", 0);
        using var first = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);
        using var second = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);
        using var other = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Other);

        // The clock stands still: of one second no more is read than a source may push in it, and what each connection had begun. Either has more than that.
        var floods = Task.WhenAll(FloodAsync(first, Frames), FloodAsync(second, Frames));
        await Eventually.TrueAsync(async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_throttled_total") == 2, Patience);
        Assert.InRange(Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_received_total{outcome=\"unknown\"}"), FloodGate.MostPerSecond, FloodGate.MostPerSecond + (2 * PerFrame));
        await other.PushAsync("hello");
        await Eventually.TrueAsync(async () => (await harness.FindAsync<k8s.Models.V1Deployment>("hello-deployment"))!.Spec.Replicas == 1, Patience);

        await harness.UntilAsync(
            async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_received_total{outcome=\"unknown\"}") == 2 * Frames * PerFrame, "the rest of the flood");
        await floods;
    }

    [Fact]
    public async Task Flood_WithoutAnOwner_PushesOutNobodyElsesStats()
    {
        const int Waiting = 100_000, Frames = 120;
        await using var cluster = await ReplicaCluster.StartAsync();
        await using (var before = await cluster.StartReplicaAsync("127.9.58.11"))
        {
            await before.UntilOwnerAsync("hello");
            await cluster.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/initial-scale", "0"));
            await cluster.UntilDecidedAsync(before, "hello", 0);
        }

        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "gone_127.9.58.99", seconds: 600);
        await using var replica = await cluster.StartReplicaAsync("127.9.58.12");
        using var other = await StatClientSocket.ConnectAsync(replica.Stats, Other);
        using var flooder = await StatClientSocket.ConnectAsync(replica.Stats, Flooder);
        await other.PushAsync("hello");
        await Eventually.TrueAsync(async () => Value(await MetricsAsync(replica), "kxds_autoscaler_stats_waiting{bucket=\"autoscaler-bucket-00-of-01\"}") == 1, Patience);

        await FloodAsync(flooder, Frames);
        var overflow = "kxds_autoscaler_stats_dropped_total{reason=\"overflow\"}";
        await Eventually.TrueAsync(async () => Value(await MetricsAsync(replica), overflow) > 0, Patience);
        // A batch of them, and the one stat, are in the sender's hands already.
        await Eventually.TrueAsync(async () => Value(await MetricsAsync(replica), overflow) is >= (Frames * PerFrame) - Waiting - PerFrame and <= (Frames * PerFrame) + 1 - Waiting, Patience);
        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "gone_127.9.58.99", seconds: 1);

        await cluster.UntilReplicasAsync("hello", 1);
    }

    [Fact]
    public async Task Frame_OverTheLimit_EndsItsConnectionAndNoOther()
    {
        await using var harness = await AutoscalerHarness.StartAsync(("stable-window", "6s"), ("scale-to-zero-grace-period", "1s"));
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.58.4");
        await harness.UntilReplicasAsync("hello", 0);
        using var big = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);
        using var sameSource = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);

        await big.Socket.SendAsync(new byte[StatConnection.MaxFrameBytes + 1], WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        var answer = await big.Socket.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.MessageTooBig), (answer.MessageType, big.Socket.CloseStatus));
        Assert.Equal(1, Value(await harness.MetricsAsync(), "kxds_autoscaler_frames_skipped_total{reason=\"too_big\"}"));
        Assert.Single(harness.Logs.GetSnapshot(), entry => entry.Id.Id == 3008);
        // One of just the limit is only no batch.
        await sameSource.Socket.SendAsync(new byte[StatConnection.MaxFrameBytes], WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        await sameSource.PushAsync("hello");
        await Eventually.TrueAsync(async () => (await harness.FindAsync<k8s.Models.V1Deployment>("hello-deployment"))!.Spec.Replicas == 1, Patience);
        Assert.Equal(1, Value(await harness.MetricsAsync(), "kxds_autoscaler_frames_skipped_total{reason=\"undecodable\"}"));
    }

    [Fact]
    public async Task Frame_OfEmptyPartsWithoutEnd_IsHeldBack()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        using var endless = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);
        using var other = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Other);

        // The clock stands still: no more than those of one second are read.
        for (var part = 0; part <= FloodGate.MostFramesPerSecond; part++)
        {
            await endless.Socket.SendAsync(Array.Empty<byte>(), WebSocketMessageType.Binary, false, TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync(async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_throttled_total") == 1, Patience);
        await other.PushAsync("nobody");
        await Eventually.TrueAsync(async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_received_total{outcome=\"unknown\"}") == 1, Patience);
    }

    // The smallest stat is four bytes: two million of them are in a frame that is not too long.
    [Fact]
    public async Task Frame_OfMillionsOfStats_IsSkippedWholeAndLeavesNoRoomTaken()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        byte[] many = [.. Enumerable.Repeat<byte[]>([0x0a, 0x02, 0x1a, 0x00], StatConnection.MaxFrameBytes / 4).SelectMany(bytes => bytes)];
        using var client = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);

        // More of them than may be under way at a time.
        const int Frames = (FloodGate.MostBytes / StatConnection.MaxFrameBytes) + 1;
        for (var frame = 1; frame <= Frames; frame++)
        {
            await client.Socket.SendAsync(many, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
            await harness.UntilAsync(async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_frames_skipped_total{reason=\"too_many\"}") == frame, $"frame {frame}");
        }

        await client.PushAsync("nobody");
        await harness.UntilAsync(async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_received_total{outcome=\"unknown\"}") == 1, "the stat after them");
    }

    [Fact]
    public async Task Frame_OfNamesThatCannotBe_CostsNoOtherStatOfIt()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        using var client = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Other);
        var frame = StatCodec.EncodeBatch([new(new ObjectKey("default", new string('a', 1_000_000)), default), new(new ObjectKey("default", "nobody"), default)]);

        await client.Socket.SendAsync(frame, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(async () => Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_received_total{outcome=\"unknown\"}") == 1, Patience);
        Assert.Equal(1, Value(await harness.MetricsAsync(), "kxds_autoscaler_stats_received_total{outcome=\"long_name\"}"));
    }

    [Fact]
    public void Batch_OfTheLongestNames_IsNoFrameThatItsOwnerRefuses()
    {
        // What is no UTF-8 is three bytes for each that came in.
        var name = new string('\ufffd', StatConnection.LongestName);
        var stat = new Stat { PodName = name, AverageConcurrentRequests = 1, AverageProxiedConcurrentRequests = 1, RequestCount = 1, ProxiedRequestCount = 1, ProcessUptime = 1, Timestamp = -1 };

        var frame = StatCodec.EncodeBatch([.. Enumerable.Repeat(new StatMessage(new ObjectKey(name, name), stat), BucketLink.MaxBatch)]);

        Assert.InRange(frame.Length, BucketLink.MaxBatch, StatConnection.MaxFrameBytes);
    }

    [Fact]
    public async Task Stats_WhoseHolderIsNoHost_WaitForTheNext()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "odd_no host at all", seconds: 600);
        await using var replica = await cluster.StartReplicaAsync("127.9.58.13");
        using var client = await StatClientSocket.ConnectAsync(replica.Stats, Other);

        await client.PushAsync("nobody");
        var forwarder = replica.Get<Forwarder>();
        await Eventually.TrueAsync(() => forwarder.HolderAddress(0) == "no host at all", Patience);
        await Eventually.TrueAsync(async () => Value(await MetricsAsync(replica), "kxds_autoscaler_stats_waiting{bucket=\"autoscaler-bucket-00-of-01\"}") == 1, Patience);
        await cluster.HoldLeaseAsync("autoscaler-bucket-00-of-01", "odd_no host at all", seconds: 1);

        await Eventually.TrueAsync(async () => Value(await MetricsAsync(replica), "kxds_autoscaler_stats_waiting{bucket=\"autoscaler-bucket-00-of-01\"}") == 0, Patience);
        Assert.Equal(1, Value(await MetricsAsync(replica), "kxds_autoscaler_stats_received_total{outcome=\"unknown\"}"));
    }

    [Fact]
    public async Task Connections_TooManyOfOneSource_AreRefusedToItAlone()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var open = new List<StatClientSocket>();
        try
        {
            while (open.Count < FloodGate.MostConnections)
            {
                open.Add(await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder));
            }

            var refusal = await Assert.ThrowsAsync<WebSocketException>(() => StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder));
            using var other = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Other);

            Assert.Contains("429", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(1, Value(await harness.MetricsAsync(), "kxds_autoscaler_connections_refused_total"));
            Assert.Equal(WebSocketState.Open, other.Socket.State);
            await open[0].Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
            await Eventually.TrueAsync(async () => await CanConnectAsync(harness), Patience);
        }
        finally
        {
            open.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task<bool> CanConnectAsync(AutoscalerHarness harness)
    {
        try
        {
            using var socket = await StatClientSocket.ConnectAsync(harness.StatsAddress("ws"), Flooder);
            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    private static async Task FloodAsync(StatClientSocket client, int frames)
    {
        for (var frame = 0; frame < frames; frame++)
        {
            await client.PushAsync("nobody", PerFrame);
        }
    }

    private static async Task<string> MetricsAsync(Replica replica)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(replica.Admin, "/metrics"), TestContext.Current.CancellationToken);
    }

    // 0 where there is no such series.
    private static double Value(string metrics, string series) =>
        metrics.Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line ? double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture) : 0;
}
