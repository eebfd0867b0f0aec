using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Configuration;
using Knative.Xds.Kube.Events;
using Knative.Xds.Kube.Leases;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Integration.Kube;

/// <summary>Leases, live ConfigMaps and Events against a real kube-apiserver.</summary>
public sealed class LeaseAndConfigTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Elector_LeaderStops_TheOtherTakesTheLease()
    {
        using var stopFirst = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var key = new ObjectKey("default", "elected");
        // A clock that stands on a whole second also proves that such times are written as the API wants them.
        var time = new FakeTimeProvider();
        var first = new LeaseElector(api.Client, key, "first", LeaseTimings.Default, time, NullLogger.Instance);
        var second = new LeaseElector(api.Client, key, "second", LeaseTimings.Default, time, NullLogger.Instance);
        var run = first.RunAsync(stopFirst.Token);
        await Eventually.TrueAsync(() => first.IsLeader, Limit);
        var follow = second.RunAsync(stop.Token);
        await Eventually.TrueAsync(() => second.Holder == "first", Limit);
        await stopFirst.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within(Limit));
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            return second.IsLeader;
        }, Limit);
        Assert.Equal("second", (await api.Client.FindAsync<V1Lease>(key, None))!.Spec.HolderIdentity);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follow.Within(Limit));
    }

    [Fact]
    public async Task ConfigMap_CreatedAndChanged_IsLive()
    {
        using var stop = new CancellationTokenSource();
        var key = new ObjectKey("default", "config-live");
        var watcher = new ConfigMapWatcher<string>(api.Client, key, (_, data) => (string.Join(',', data.Select(entry => $"{entry.Key}={entry.Value}")), null), TimeProvider.System, NullLogger.Instance);
        var run = watcher.RunAsync(stop.Token);
        await watcher.Synced.Within(Limit);
        Assert.Equal("", watcher.Current);
        var map = await api.Client.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "config-live" }, Data = new Dictionary<string, string> { ["a"] = "1" } }, None);
        await Eventually.TrueAsync(() => watcher.Current == "a=1", Limit);
        map.Data["a"] = "2";
        await api.Client.ReplaceAsync(map, None);
        await Eventually.TrueAsync(() => watcher.Current == "a=2", Limit);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within(Limit));
    }

    [Fact]
    public async Task Events_Repeated_AreCountedOnOne()
    {
        using var stop = new CancellationTokenSource();
        var about = await api.Client.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "eventful" } }, None);
        var recorder = new EventRecorder(api.Client, "tester", TimeProvider.System, NullLogger.Instance);
        var run = recorder.RunAsync(stop.Token);
        recorder.Record(about, EventSeverity.Warning, "InternalError", "it broke");
        recorder.Record(about, EventSeverity.Warning, "InternalError", "it broke");
        recorder.Record(about, EventSeverity.Normal, "Mended", "it works");
        var query = new ObjectQuery("default", FieldSelector: string.Create(CultureInfo.InvariantCulture, $"involvedObject.uid={about.Metadata.Uid}"));
        IReadOnlyList<Corev1Event> events = [];
        await Eventually.TrueAsync(async () => (events = (await api.Client.ListAsync<Corev1Event>(query, null, None)).Items).Count == 2, Limit);
        Assert.Equal([("Warning", "InternalError", 2), ("Normal", "Mended", 1)], events.OrderBy(item => item.Reason, StringComparer.Ordinal).Select(item => (item.Type, item.Reason, item.Count ?? 0)));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within(Limit));
    }
}
