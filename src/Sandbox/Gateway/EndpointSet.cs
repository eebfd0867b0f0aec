using System.Collections.Immutable;
using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Endpoints by priority. Immutable but for the place in the round.</summary>
internal sealed class EndpointSet
{
    private readonly ImmutableArray<ImmutableArray<string>> _priorities;
    private int _turn;

    private EndpointSet(ImmutableArray<ImmutableArray<string>> priorities) => _priorities = priorities;

    public static EndpointSet Of(ClusterLoadAssignment assignment) => new(
    [
        .. assignment.Endpoints
            .GroupBy(locality => locality.Priority)
            .OrderBy(group => group.Key)
            .Select(group => group.SelectMany(locality => locality.LbEndpoints).Where(IsUsable).Select(UrlOf).ToImmutableArray())
            .Where(urls => !urls.IsEmpty),
    ]);

    /// <summary>An endpoint of the first priority that has any and is not in <paramref name="tried"/>; of the first at all when all are; null when there is none.</summary>
    /// <param name="tried">Priorities to leave out; the one of the result is added.</param>
    public string? Pick(ISet<int> tried)
    {
        if (_priorities.IsEmpty)
        {
            return null;
        }

        var priority = Enumerable.Range(0, _priorities.Length).FirstOrDefault(candidate => !tried.Contains(candidate));
        tried.Add(priority);
        var urls = _priorities[priority];
        return urls[(int)((uint)Interlocked.Increment(ref _turn) % (uint)urls.Length)];
    }

    private static bool IsUsable(LbEndpoint endpoint) => endpoint.HealthStatus is HealthStatus.Unknown or HealthStatus.Healthy;

    private static string UrlOf(LbEndpoint endpoint)
    {
        var socket = endpoint.Endpoint?.Address?.SocketAddress ?? throw new InvalidDataException("an endpoint has no socket address");
        var host = socket.Address.Contains(':', StringComparison.Ordinal) ? $"[{socket.Address}]" : socket.Address;
        return string.Create(CultureInfo.InvariantCulture, $"http://{host}:{socket.PortValue}");
    }
}
