using System.Net;
using Knative.Xds.Dialing;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Connections to pods that wait for their next request.</summary>
/// <remarks>Shape: the one used last is used first, so that those not needed grow old; a connection that is over, or idle for too long, is closed.
/// Of more than a pod may have the one that comes is closed, of more than all may have the one that has waited longest, as Go's net/http does. Threading: safe.</remarks>
internal sealed class PodConnectionPool : IDisposable
{
    // An idle connection ends at any time; one that was used a moment ago hardly did, and if so, the request is sent again.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private readonly Lock _gate = new();
    // Those of a pod and all together, the one that has waited longest first. None of the lists is empty.
    private readonly Dictionary<string, List<PodConnection>> _byPod = [];
    private readonly LinkedList<PodConnection> _byAge = [];
    private readonly PatientDialer _dialer;
    private readonly TimeSpan _idleTimeout;
    private readonly int _most;
    private readonly int _mostOfAPod;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _disposed;

    public PodConnectionPool(ActivatorOptions options, TimeProvider time)
    {
        (_dialer, _idleTimeout, _time) = (new PatientDialer(time), options.ConnectionIdleTimeout, time);
        (_most, _mostOfAPod) = (options.MaxIdleConnections, options.MaxIdleConnectionsPerPod);
        var pause = _idleTimeout < LongestPause ? _idleTimeout : LongestPause;
        _timer = time.CreateTimer(static pool => ((PodConnectionPool)pool!).CloseOld(), this, pause, pause);
    }

    /// <summary>A kept connection; null when there is none.</summary>
    public PodConnection? Take(string address)
    {
        while (Pop(address) is { } connection)
        {
            if (_time.GetElapsedTime(connection.IdleSince) < Fresh || !connection.IsOver())
            {
                return connection;
            }

            connection.Dispose();
        }

        return null;
    }

    /// <summary>Opens a connection.</summary>
    public async ValueTask<PodConnection> ConnectAsync(string address, CancellationToken cancellationToken) =>
        new(address, await _dialer.DialAsync(IPEndPoint.Parse(address), cancellationToken));

    /// <summary>Keeps a connection whose request is over, response and all.</summary>
    public void Keep(PodConnection connection)
    {
        connection.IdleSince = _time.GetTimestamp();
        (Push(connection) ? TooMany() : connection)?.Dispose();
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _disposed = true;
            foreach (var connection in _byAge)
            {
                connection.Dispose();
            }

            _byAge.Clear();
            _byPod.Clear();
        }
    }

    private PodConnection? Pop(string address)
    {
        lock (_gate)
        {
            return _byPod.TryGetValue(address, out var connections) ? Remove(connections, connections.Count - 1) : null;
        }
    }

    private bool Push(PodConnection connection)
    {
        lock (_gate)
        {
            var isKnown = _byPod.TryGetValue(connection.Address, out var connections);
            if (_disposed || connections?.Count >= _mostOfAPod)
            {
                return false;
            }

            if (!isKnown)
            {
                _byPod.Add(connection.Address, connections = []);
            }

            connections!.Add(connection);
            _byAge.AddLast(connection.Place);
            return true;
        }
    }

    private PodConnection? TooMany()
    {
        lock (_gate)
        {
            return _byAge.Count > _most ? Remove(_byAge.First!.Value) : null;
        }
    }

    private PodConnection Remove(PodConnection connection)
    {
        var connections = _byPod[connection.Address];
        return Remove(connections, connections.IndexOf(connection));
    }

    private PodConnection Remove(List<PodConnection> connections, int index)
    {
        var connection = connections[index];
        connections.RemoveAt(index);
        _byAge.Remove(connection.Place);
        if (connections.Count == 0)
        {
            _byPod.Remove(connection.Address);
        }

        return connection;
    }

    private void CloseOld()
    {
        lock (_gate)
        {
            foreach (var connection in _byAge.Where(connection => _time.GetElapsedTime(connection.IdleSince) >= _idleTimeout || connection.IsOver()).ToArray())
            {
                Remove(connection).Dispose();
            }
        }
    }
}
