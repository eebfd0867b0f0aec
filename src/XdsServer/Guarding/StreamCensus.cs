namespace Knative.Xds.XdsServer.Guarding;

/// <summary>Counts open streams by who has them.</summary>
/// <remarks>Threading: safe. A key without streams costs nothing.</remarks>
internal sealed class StreamCensus
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts a stream; null when there are <paramref name="limit"/> of the key already. Dispose the result when the stream ends.</summary>
    public IDisposable? TryEnter(string key, int limit)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(key);
            if (count >= limit)
            {
                return null;
            }

            _counts[key] = count + 1;
            return new Entry(this, key);
        }
    }

    private void Leave(string key)
    {
        lock (_lock)
        {
            if (--_counts[key] == 0)
            {
                _counts.Remove(key);
            }
        }
    }

    private sealed class Entry(StreamCensus census, string key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                census.Leave(key);
            }
        }
    }
}
