using System.Runtime.CompilerServices;
using System.Threading.Channels;
using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Kube.Tests.Watching;

/// <summary>A source whose lists and watches a test hands out one by one. An exception as an event ends the watch with it, null ends it normally.</summary>
internal sealed class ScriptedSource : IObjectSource<V1ConfigMap>
{
    private readonly Queue<Func<ObjectPage<V1ConfigMap>>> _pages = new();
    private readonly Channel<object?> _events = Channel.CreateUnbounded<object?>();
    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public ScriptedSource Page(string version, string? next, params V1ConfigMap[] items) => Page(new ObjectPage<V1ConfigMap>(items, version, next));

    public ScriptedSource Page(ObjectPage<V1ConfigMap> page)
    {
        _pages.Enqueue(() => page);
        return this;
    }

    public ScriptedSource FailList(Exception error)
    {
        _pages.Enqueue(() => throw error);
        return this;
    }

    public ScriptedSource Event(ObjectEventType type, V1ConfigMap value)
    {
        _events.Writer.TryWrite(new ObjectEvent<V1ConfigMap>(type, value));
        return this;
    }

    public ScriptedSource EndWatch(Exception? error = null)
    {
        _events.Writer.TryWrite(error);
        return this;
    }

    public Task<ObjectPage<V1ConfigMap>> ListAsync(string? continueToken, CancellationToken cancellationToken)
    {
        Record($"list {continueToken}".TrimEnd());
        return Task.FromResult(_pages.Dequeue()());
    }

    public async IAsyncEnumerable<ObjectEvent<V1ConfigMap>> WatchAsync(string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Record($"watch {resourceVersion}");
        await foreach (var item in _events.Reader.ReadAllAsync(cancellationToken))
        {
            if (item is Exception error)
            {
                throw error;
            }

            if (item is null)
            {
                yield break;
            }

            yield return (ObjectEvent<V1ConfigMap>)item;
        }
    }

    private void Record(string call)
    {
        lock (_lock)
        {
            _calls.Add(call);
        }
    }
}
