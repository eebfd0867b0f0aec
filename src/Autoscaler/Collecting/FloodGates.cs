namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>The gates of all sources that are connected.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class FloodGates(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (FloodGate Gate, int Connections)> _gates = new(StringComparer.Ordinal);

    /// <summary>A connection comes; null when its source has too many. Each that gets a gate must <see cref="Leave"/>.</summary>
    public FloodGate? Enter(string source)
    {
        lock (_lock)
        {
            var (gate, connections) = _gates.TryGetValue(source, out var found) ? found : (new FloodGate(time), 0);
            if (connections >= FloodGate.MostConnections)
            {
                return null;
            }

            _gates[source] = (gate, connections + 1);
            return gate;
        }
    }

    /// <summary>A connection is gone.</summary>
    public void Leave(string source)
    {
        lock (_lock)
        {
            var (gate, connections) = _gates[source];
            if (connections == 1)
            {
                _gates.Remove(source);
            }
            else
            {
                _gates[source] = (gate, connections - 1);
            }
        }
    }
}
