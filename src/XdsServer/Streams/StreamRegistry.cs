using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>Where the owner loop and the streams of a fleet meet: the newest resources, the open streams, and whether any may open.</summary>
/// <remarks>Threading: safe. One writer publishes.</remarks>
internal sealed class StreamRegistry
{
    private readonly ConcurrentDictionary<long, Action> _wakes = new();
    private static long _next;
    private volatile ResourceSnapshot? _snapshot;

    /// <summary>Takes what streams report; set once, before streams are accepted.</summary>
    public Action<StreamEvent> Report { get; set; } = _ => { };

    /// <summary>The newest resources; null until the caches have synced, when no stream may open.</summary>
    /// <remarks>An early, empty answer would wipe a running gateway.</remarks>
    public ResourceSnapshot? Snapshot => _snapshot;

    /// <summary>Raised when there are newer resources, by the thread that publishes them.</summary>
    public event Action? Published;

    /// <summary>Open streams.</summary>
    public int Count => _wakes.Count;

    /// <summary>Makes resources the newest and wakes every stream.</summary>
    public void Publish(ResourceSnapshot snapshot)
    {
        _snapshot = snapshot;
        foreach (var wake in _wakes.Values)
        {
            wake();
        }

        Published?.Invoke();
    }

    /// <summary>Adds a stream; returns its number, which no stream of any fleet has had before.</summary>
    public long Open(Action wake)
    {
        var stream = Interlocked.Increment(ref _next);
        _wakes[stream] = wake;
        Report(new StreamEvent.Opened(stream));
        return stream;
    }

    /// <summary>Takes a stream away, whose client held these versions.</summary>
    public void Close(long stream, ImmutableArray<(ResourceId Id, string Version)> held)
    {
        _wakes.TryRemove(stream, out _);
        Report(new StreamEvent.Closed(stream, held));
    }
}
