using System.Net;
using Knative.Xds.Dialing;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Connections to pods that wait for their next request.</summary>
/// <remarks>Shape: the one used last is used first, so that those not needed grow old; a connection that is over, or idle for too long, is closed. Threading: safe.</remarks>
internal sealed class PodConnectionPool : IDisposable
{
    // An idle connection ends at any time; one that was used a moment ago hardly did, and if so, the request is sent again.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Stack<PodConnection>> _idle = [];
    private readonly PatientDialer _dialer;
    private readonly TimeSpan _idleTimeout;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _disposed;

    public PodConnectionPool(ActivatorOptions options, TimeProvider time)
    {
        (_dialer, _idleTimeout, _time) = (new PatientDialer(time), options.ConnectionIdleTimeout, time);
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
        lock (_gate)
        {
            if (!_disposed)
            {
                if (!_idle.TryGetValue(connection.Address, out var connections))
                {
                    _idle.Add(connection.Address, connections = new Stack<PodConnection>());
                }

                connections.Push(connection);
                return;
            }
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _disposed = true;
            foreach (var connection in _idle.Values.SelectMany(connections => connections))
            {
                connection.Dispose();
            }

            _idle.Clear();
        }
    }

    private PodConnection? Pop(string address)
    {
        lock (_gate)
        {
            return _idle.TryGetValue(address, out var connections) && connections.TryPop(out var connection) ? connection : null;
        }
    }

    private void CloseOld()
    {
        lock (_gate)
        {
            foreach (var (address, connections) in _idle)
            {
                var all = connections.ToArray();
                var kept = Array.FindAll(all, connection => _time.GetElapsedTime(connection.IdleSince) < _idleTimeout && !connection.IsOver());
                if (kept.Length == all.Length)
                {
                    continue;
                }

                foreach (var connection in all.Except(kept))
                {
                    connection.Dispose();
                }

                if (kept.Length == 0)
                {
                    _idle.Remove(address);
                    continue;
                }

                // An array lists a stack from its top.
                Array.Reverse(kept);
                _idle[address] = new Stack<PodConnection>(kept);
            }
        }
    }
}
