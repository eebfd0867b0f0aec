using System.Collections.Concurrent;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>All open streams.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class StreamDirectory
{
    private readonly ConcurrentDictionary<StreamRecord, bool> _streams = new();

    /// <summary>The streams, oldest first.</summary>
    public IReadOnlyList<StreamRecord> Streams => [.. _streams.Keys.OrderBy(stream => stream.Opened).ThenBy(stream => stream.Number)];

    /// <summary>Adds a stream; dispose the result when it ends.</summary>
    public IDisposable Add(StreamRecord stream)
    {
        _streams[stream] = true;
        return new Entry(() => _streams.TryRemove(stream, out _));
    }

    private sealed class Entry(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
