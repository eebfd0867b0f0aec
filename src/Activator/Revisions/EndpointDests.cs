using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation.Revisions;

/// <summary>What endpoints say about where requests can go: only those that have a port of the revision's protocol count.</summary>
/// <remarks>Source: knative/serving pkg/activator/net/helpers.go.</remarks>
internal static class EndpointDests
{
    /// <summary>Where pods listen, as <c>ip:port</c>.</summary>
    public static HashSet<string> Of(ImmutableArray<ServiceEndpoint> endpoints, string port, bool ready) =>
        [.. endpoints.Where(endpoint => endpoint.Ready == ready && !endpoint.Terminating && endpoint.Ports.ContainsKey(port))
            .Select(endpoint => Dest(endpoint.Address, endpoint.Ports[port]))];

    /// <summary>Addresses that are ready.</summary>
    public static ImmutableArray<string> ReadyAddresses(ImmutableArray<ServiceEndpoint> endpoints, string port) =>
        [.. endpoints.Where(endpoint => endpoint.Ready && endpoint.Ports.ContainsKey(port)).Select(endpoint => endpoint.Address)];

    /// <summary>Where a Service itself listens, as <c>ip:port</c>; null when it has no address or no such port.</summary>
    public static string? Of(ServiceEndpoint? cluster, string port) =>
        cluster is not null && cluster.Ports.TryGetValue(port, out var number) ? Dest(cluster.Address, number) : null;

    private static string Dest(string address, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port}");
}
