using System.Collections.Concurrent;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Kube.Tests.Watching;

public sealed class InformerTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly List<string> _changes = [];
    private readonly Informer<V1ConfigMap> _informer;

    public InformerTests()
    {
        _informer = new Informer<V1ConfigMap>(_source, _time, NullLogger.Instance, () => 1.0);
        _informer.OnChange(change =>
        {
            lock (_changes)
            {
                _changes.Add($"{change.Key} {change.Old?.Metadata.ResourceVersion ?? "-"}>{change.New?.Metadata.ResourceVersion ?? "-"}");
            }
        });
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_PagedList_StoreHoldsAllPagesAndWatchStartsAtTheListsVersion()
    {
        _source.Page("7", "more", Map("a", "1"), Map("b", "2")).Page("7", null, Map("c", "3"));
        await StartAsync();
        await CallsAsync("list", "list more", "watch 7");
        Assert.Equal(3, _informer.Store.Count);
        Assert.Equal(["ns/a ->1", "ns/b ->2", "ns/c ->3"], Changes());
    }

    [Fact]
    public async Task Run_Events_ReportedInOrderWithOldAndNew()
    {
        _source.Page("7", null, Map("a", "1"));
        await StartAsync();
        _source.Event(ObjectEventType.Added, Map("b", "8")).Event(ObjectEventType.Modified, Map("a", "9")).Event(ObjectEventType.Deleted, Map("b", "10"));
        await ChangesAsync("ns/a ->1", "ns/b ->8", "ns/a 1>9", "ns/b 8>-");
        Assert.False(_informer.Store.TryGet(new ObjectKey("ns", "b"), out _));
    }

    [Fact]
    public async Task Run_OnlyAPartIsKept_HandlersAreGivenTheWholeAndTheStoreHoldsThePart()
    {
        var informer = new Informer<V1ConfigMap>(_source, _time, NullLogger.Instance, () => 1.0) { Kept = map => new V1ConfigMap { Metadata = map.Metadata } };
        var seen = new ConcurrentQueue<(bool Old, bool New)>();
        informer.OnChange(change => seen.Enqueue((change.Old?.Data is not null, change.New?.Data is not null)));
        _source.Page("7", null, Filled("1"));
        var running = informer.RunAsync(_stop.Token);
        _source.Event(ObjectEventType.Modified, Filled("8")).Event(ObjectEventType.Modified, Filled("8"));

        await Eventually.TrueAsync(() => seen.Count == 2);

        Assert.Equal([(false, true), (false, true)], seen);
        Assert.True(informer.Store.TryGet(new ObjectKey("ns", "a"), out var kept));
        Assert.Equal(("8", null), (kept.Metadata.ResourceVersion, kept.Data));
        Assert.False(running.IsCompleted);

        static V1ConfigMap Filled(string version)
        {
            var map = Map("a", version);
            map.Data = new Dictionary<string, string> { ["key"] = "value" };
            return map;
        }
    }

    [Fact]
    public async Task Run_WatchEndsAfterBookmark_ResumesFromTheBookmarkWithoutAList()
    {
        _source.Page("7", null, Map("a", "1"));
        await StartAsync();
        _source.Event(ObjectEventType.Bookmark, Map("", "50")).EndWatch();
        await CallsAsync("list", "watch 7", "watch 50");
        Assert.Equal(["ns/a ->1"], Changes());
    }

    [Fact]
    public async Task Run_ConnectionBreaks_ResumesFromTheLastEventAfterABackoff()
    {
        _source.Page("7", null);
        await StartAsync();
        _source.Event(ObjectEventType.Added, Map("a", "9")).EndWatch(new IOException("reset"));
        await ChangesAsync("ns/a ->9");
        await AdvanceUntilAsync(() => _source.Calls.Count == 3);
        Assert.Equal(["list", "watch 7", "watch 9"], _source.Calls);
    }

    [Fact]
    public async Task Run_VersionGone_ListsAgainAndReportsOnlyTheDifference()
    {
        _source.Page("7", null, Map("same", "1"), Map("changed", "2"), Map("gone", "3"));
        await StartAsync();
        _source.Page("20", null, Map("same", "1"), Map("changed", "12"), Map("new", "13"));
        _source.EndWatch(new KubeException(410, null, "too old"));
        await AdvanceUntilAsync(() => _source.Calls.Count == 4);
        Assert.Equal(["list", "watch 7", "list", "watch 20"], _source.Calls);
        Assert.Equal(["ns/gone 3>-", "ns/changed 2>12", "ns/new ->13"], Changes().Skip(3));
        Assert.Equal(3, _informer.Store.Count);
    }

    [Fact]
    public async Task Run_ListFails_SyncedWaitsAndTheListIsTriedAgain()
    {
        _source.FailList(new HttpRequestException("refused")).Page("7", null, Map("a", "1"));
        _ = _informer.RunAsync(_stop.Token);
        Assert.False(_informer.Synced.IsCompleted);
        await AdvanceUntilAsync(() => _informer.Synced.IsCompleted);
        Assert.Equal(1, _informer.Store.Count);
    }

    [Fact]
    public async Task Run_WatchEndsAtOnceAgainAndAgain_BacksOff()
    {
        _source.Page("7", null);
        _source.EndWatch().EndWatch().EndWatch();
        await StartAsync();
        await CallsAsync("list", "watch 7");
        _time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Equal(["list", "watch 7"], _source.Calls);
        await AdvanceUntilAsync(() => _source.Calls.Count == 5);
    }

    [Fact]
    public async Task Run_ObjectMadeAgainWhileNotWatching_ReportedAsDeletedAndCreated()
    {
        _source.Page("7", null, Map("a", "1", "uid-1"));
        await StartAsync();
        _source.Page("20", null, Map("a", "12", "uid-2")).EndWatch(new KubeException(410, null, "too old"));
        await AdvanceUntilAsync(() => Changes().Length == 3);
        Assert.Equal(["ns/a ->1", "ns/a 1>-", "ns/a ->12"], Changes());
    }

    [Fact]
    public async Task Run_ObjectUnreadableInARelist_KeepsItsLastGoodState()
    {
        _source.Page("7", null, Map("a", "1"));
        await StartAsync();
        _source.Page(new ObjectPage<V1ConfigMap>([], "20", null) { Undecodable = [new UndecodableObject(new ObjectKey("ns", "a"), "bad")] });
        _source.EndWatch(new KubeException(410, null, "too old"));
        await AdvanceUntilAsync(() => _source.Calls.Contains("watch 20"));
        Assert.True(_informer.Store.TryGet(new ObjectKey("ns", "a"), out _));
        Assert.Equal(["ns/a ->1"], Changes());
    }

    [Fact]
    public async Task Run_HandlerThrows_OtherHandlersAndLaterEventsStillRun()
    {
        var other = 0;
        _informer.OnChange(_ => throw new InvalidOperationException("handler"));
        _informer.OnChange(_ => Interlocked.Increment(ref other));
        _source.Page("7", null, Map("a", "1"));
        await StartAsync();
        _source.Event(ObjectEventType.Added, Map("b", "8"));
        await Eventually.TrueAsync(() => Volatile.Read(ref other) == 2);
    }

    [Fact]
    public async Task Run_Cancelled_EndsWithCancellation()
    {
        _source.Page("7", null);
        var run = _informer.RunAsync(_stop.Token);
        await _informer.Synced.Within(TimeSpan.FromSeconds(30));
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Run_CancelledBeforeTheFirstList_SyncedIsCancelled()
    {
        _source.FailList(new HttpRequestException("refused"));
        _ = _informer.RunAsync(_stop.Token);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _informer.Synced.Within(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task ByIndex_ObjectChangesItsValue_MovesBetweenBuckets()
    {
        _informer.Store.AddIndex("team", map => map.Metadata.Labels is { } labels && labels.TryGetValue("team", out var team) ? [team] : []);
        _source.Page("7", null, Map("a", "1", team: "red"), Map("b", "2", team: "red"));
        await StartAsync();
        Assert.Equal(2, _informer.Store.ByIndex("team", "red").Count);
        _source.Event(ObjectEventType.Modified, Map("a", "8", team: "blue")).Event(ObjectEventType.Deleted, Map("b", "9", team: "red"));
        await Eventually.TrueAsync(() => _informer.Store.Count == 1);
        Assert.Empty(_informer.Store.ByIndex("team", "red"));
        Assert.Equal("a", Assert.Single(_informer.Store.ByIndex("team", "blue")).Metadata.Name);
    }

    internal static V1ConfigMap Map(string name, string version, string? uid = null, string? team = null) => new()
    {
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = "ns",
            Name = name,
            ResourceVersion = version,
            Uid = uid ?? "uid",
            Labels = team is null ? null : new Dictionary<string, string> { ["team"] = team },
        },
    };

    private async Task StartAsync()
    {
        _ = _informer.RunAsync(_stop.Token);
        await _informer.Synced.Within(TimeSpan.FromSeconds(30));
    }

    private string[] Changes()
    {
        lock (_changes)
        {
            return [.. _changes];
        }
    }

    private async Task ChangesAsync(params string[] expected)
    {
        await Eventually.TrueAsync(() => Changes().Length >= expected.Length, TimeSpan.FromSeconds(30));
        Assert.Equal(expected, Changes());
    }

    private async Task CallsAsync(params string[] expected)
    {
        await Eventually.TrueAsync(() => _source.Calls.Count >= expected.Length, TimeSpan.FromSeconds(30));
        Assert.Equal(expected, _source.Calls);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        },
        TimeSpan.FromSeconds(30));
}
