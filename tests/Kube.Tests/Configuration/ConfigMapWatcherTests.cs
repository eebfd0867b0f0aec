using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Configuration;
using Knative.Xds.Kube.Tests.Watching;
using Knative.Xds.Kube.Watching;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Kube.Tests.Configuration;

public sealed class ConfigMapWatcherTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly ObjectKey Key = new("ns", "config");
    private readonly CancellationTokenSource _stop = new();
    private readonly ScriptedSource _source = new();
    private readonly ConfigMapWatcher<Settings> _watcher;
    private readonly List<int> _changes = [];

    public ConfigMapWatcherTests()
    {
        var informer = new Informer<V1ConfigMap>(_source, new FakeTimeProvider(), NullLogger.Instance, () => 1);
        _watcher = new ConfigMapWatcher<Settings>(informer, Key, Parse, NullLogger.Instance);
        _watcher.OnChange(settings => _changes.Add(settings.Size));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_GoodBadGoodDeleted_KeepsTheLastGoodThenDefaults()
    {
        _source.Page("1", null, Map("1", "5"));
        Assert.Equal(1, _watcher.Current.Size);
        _ = _watcher.RunAsync(_stop.Token);
        await _watcher.Synced.Within(Limit);
        Assert.Equal(5, _watcher.Current.Size);

        _source.Event(ObjectEventType.Modified, Map("2", "many"));
        await Eventually.TrueAsync(() => _watcher.Problem is not null, Limit);
        Assert.Equal((5, "data.size"), (_watcher.Current.Size, _watcher.Problem!.Field));

        _source.Event(ObjectEventType.Modified, Map("3", "7"));
        await Eventually.TrueAsync(() => _watcher.Current.Size == 7 && _watcher.Problem is null, Limit);
        _source.Event(ObjectEventType.Deleted, Map("4", "7"));
        await Eventually.TrueAsync(() => _watcher.Current.Size == 1, Limit);
        Assert.Equal([5, 7, 1], _changes);
    }

    [Fact]
    public async Task Run_OtherMapOrOnlyTheExampleChanges_NobodyIsTold()
    {
        var other = Map("2", "9");
        other.Metadata.Name = "other";
        var example = Map("3", "5");
        example.Data["_example"] = "size: 9";
        _source.Page("1", null, Map("1", "5"), other).Event(ObjectEventType.Modified, example).Event(ObjectEventType.Modified, Map("4", "6"));
        _ = _watcher.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => _watcher.Current.Size == 6, Limit);
        Assert.Equal([5, 6], _changes);
    }

    private static V1ConfigMap Map(string version, string size) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = "ns", Name = "config", ResourceVersion = version },
        Data = new Dictionary<string, string> { ["size"] = size },
    };

    private static (Settings? Value, Problem? Problem) Parse(ObjectKey key, IReadOnlyDictionary<string, string> data)
    {
        Assert.DoesNotContain("_example", data.Keys);
        return !data.TryGetValue("size", out var size) ? (new Settings(1), null)
            : int.TryParse(size, CultureInfo.InvariantCulture, out var number) ? (new Settings(number), null)
            : (null, new Problem(key, "data.size", "InvalidValue", "data.size must be a number."));
    }

    private sealed record Settings(int Size);
}
