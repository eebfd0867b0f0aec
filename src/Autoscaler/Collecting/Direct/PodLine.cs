using System.Net;
using System.Text;

namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>Everything that is kept about one pod's address.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class PodLine(string address, int port)
{
    // More than one is needed only where pods share an address. Those that are used no more are closed by their age.
    private const int MaxIdle = 256;
    private readonly Lock _lock = new();
    private readonly List<PodConnection> _idle = new(1);
    private long _usedAt;

    public IPEndPoint EndPoint { get; } = new(IPAddress.Parse(address), port);

    /// <summary>Bytes of the request; the same each time.</summary>
    public ReadOnlyMemory<byte> Request { get; } = Encoding.ASCII.GetBytes(
        $"GET /metrics HTTP/1.1\r\nHost: {HostOf(address, port)}\r\nAccept: application/protobuf\r\n\r\n");

    /// <summary>Address of the statistics.</summary>
    public Uri Uri { get; } = new($"http://{HostOf(address, port)}/metrics");

    /// <summary>Whether its answers take a whole HTTP client: a proxy before it may frame them as it likes.</summary>
    public bool NeedsClient { get; set; }

    /// <summary>When it was last asked, in milliseconds of the caller's clock.</summary>
    public long UsedAt
    {
        get => Interlocked.Read(ref _usedAt);
        set => Interlocked.Exchange(ref _usedAt, value);
    }

    public PodConnection? TakeIdle()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            var connection = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return connection;
        }
    }

    /// <summary>Keeps a connection; false when there are enough.</summary>
    public bool Keep(PodConnection connection)
    {
        lock (_lock)
        {
            if (_idle.Count >= MaxIdle)
            {
                return false;
            }

            _idle.Add(connection);
            return true;
        }
    }

    private static string HostOf(string address, int port) => FormattableString.Invariant($"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port}");
}
