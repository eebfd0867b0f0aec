using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Gives out addresses in order, so that one comes back only after all others: late packets and caches of a dead pod hit nobody.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class PodNetwork
{
    private readonly uint _first;
    private readonly uint _count;
    private readonly HashSet<uint> _taken = [];
    private readonly Lock _lock = new();
    private uint _next;

    private PodNetwork(uint first, uint count) => (_first, _count) = (first, count);

    /// <summary>Reads <c>address/prefix</c>. The first address (the network) and the last (broadcast) are never given out.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> when it is no IPv4 network of at least four addresses.</remarks>
    public static PodNetwork Parse(string network)
    {
        var parts = network.Split('/');
        if (parts.Length != 2 || !IPAddress.TryParse(parts[0], out var address) || address.AddressFamily != AddressFamily.InterNetwork
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) || prefix is < 8 or > 30)
        {
            throw new FormatException($"pod network \"{network}\": not an IPv4 network such as 127.77.0.0/16 (prefix 8 to 30)");
        }

        var size = 1u << (32 - prefix);
        var start = BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()) & ~(size - 1);
        return new PodNetwork(start + 1, size - 2);
    }

    /// <summary>Takes the next free address.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when none is free.</remarks>
    public string Take()
    {
        lock (_lock)
        {
            for (uint tried = 0; tried < _count; tried++)
            {
                var address = _first + _next;
                _next = (_next + 1) % _count;
                if (_taken.Add(address))
                {
                    return Format(address);
                }
            }
        }

        throw new InvalidOperationException($"all {_count} pod addresses are in use");
    }

    /// <summary>Gives an address back.</summary>
    public void Return(string address)
    {
        lock (_lock)
        {
            _taken.Remove(BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(address).GetAddressBytes()));
        }
    }

    private static string Format(uint address)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes).ToString();
    }
}
