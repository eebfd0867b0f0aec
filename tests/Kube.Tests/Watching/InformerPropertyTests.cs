using CsCheck;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Kube.Tests.Watching;

public sealed class InformerPropertyTests
{
    private enum Step
    {
        Put,
        PutUnseen,
        Delete,
        DeleteUnseen,
        Bookmark,
        Disconnect,
        Gone,
    }

    // Steps marked Unseen change the source while nobody tells the informer; the list after 410 must bring them in.
    private static readonly Gen<(Step Step, int Name)[]> Steps = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 5]).Array[0, 40];

    [Fact]
    public void Run_AnySequenceOfEventsAndRelists_StoreIndexAndHandlersEqualTheSource() =>
        Steps.Sample(steps => RunAsync(steps).GetAwaiter().GetResult(), iter: 300);

    private static async Task RunAsync((Step Step, int Name)[] steps)
    {
        using var stop = new CancellationTokenSource();
        var world = new SortedDictionary<string, V1ConfigMap>(StringComparer.Ordinal);
        var source = new ScriptedSource().Page("1", null);
        var version = 1;
        foreach (var (step, name) in steps)
        {
            version++;
            Play(source, world, step, $"n{name}", version);
        }

        // The last relist makes up for whatever was unseen, and the last event tells when all is done.
        Play(source, world, Step.Gone, "", ++version);
        source.Event(ObjectEventType.Added, InformerTests.Map("last", "999999"));
        world["last"] = InformerTests.Map("last", "999999");

        var seen = new Dictionary<ObjectKey, string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var informer = new Informer<V1ConfigMap>(source, new ImmediateTime(), NullLogger.Instance, () => 1.0);
        informer.Store.AddIndex("version", map => [map.Metadata.ResourceVersion]);
        informer.OnChange(change => Follow(seen, change, done));
        var run = informer.RunAsync(stop.Token);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        var expected = world.Values.Select(map => $"{map.Metadata.Name}={map.Metadata.ResourceVersion}").Order(StringComparer.Ordinal);
        Assert.Equal(expected, informer.Store.List().Select(map => $"{map.Metadata.Name}={map.Metadata.ResourceVersion}").Order(StringComparer.Ordinal));
        Assert.Equal(expected, seen.Select(pair => $"{pair.Key.Name}={pair.Value}").Order(StringComparer.Ordinal));
        Assert.All(world.Values, map => Assert.Contains(informer.Store.ByIndex("version", map.Metadata.ResourceVersion), found => found.Metadata.Name == map.Metadata.Name));
    }

    private static void Play(ScriptedSource source, SortedDictionary<string, V1ConfigMap> world, Step step, string name, int version)
    {
        var map = InformerTests.Map(name, $"{version}");
        switch (step)
        {
            case Step.Put or Step.PutUnseen:
                var type = world.ContainsKey(name) ? ObjectEventType.Modified : ObjectEventType.Added;
                world[name] = map;
                if (step == Step.Put)
                {
                    source.Event(type, map);
                }

                break;
            case Step.Delete or Step.DeleteUnseen:
                if (world.Remove(name) && step == Step.Delete)
                {
                    source.Event(ObjectEventType.Deleted, map);
                }

                break;
            case Step.Bookmark:
                source.Event(ObjectEventType.Bookmark, InformerTests.Map("", $"{version}"));
                break;
            case Step.Disconnect:
                source.EndWatch(new IOException("reset"));
                break;
            case Step.Gone:
                source.Page($"{version}", null, [.. world.Values]).EndWatch(new KubeException(410, null, "too old"));
                break;
        }
    }

    private static void Follow(Dictionary<ObjectKey, string> seen, ObjectChange<V1ConfigMap> change, TaskCompletionSource done)
    {
        Assert.Equal(seen.GetValueOrDefault(change.Key), change.Old?.Metadata.ResourceVersion);
        if (change.New is null)
        {
            seen.Remove(change.Key);
        }
        else
        {
            seen[change.Key] = change.New.Metadata.ResourceVersion;
        }

        if (change.Key.Name == "last")
        {
            done.TrySetResult();
        }
    }
}
