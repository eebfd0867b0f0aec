using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Kube.Projections;

/// <summary>All EndpointSlices of a Service to one <see cref="ServiceEndpoints"/>.</summary>
/// <remarks>Pure, total; addresses that are no IP addresses are left out. While slices are rewritten an endpoint can be in two of them: the ready one counts, and
/// ports add up. What contradicts itself in a port is two pods on their node's network, and stays two. A pod of a dual-stack Service is listed once per family; its IPv4 address stands for it, so that it is not given twice its share.
/// Source: Kubernetes documentation, EndpointSlices, "Duplicate endpoints".</remarks>
public static class ServiceEndpointsProjection
{
    /// <summary>The Service that a slice belongs to; null when it names none.</summary>
    public static ObjectKey? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue(Labels.SliceService, out var name) && !string.IsNullOrEmpty(name)
            ? new ObjectKey(slice.Metadata.NamespaceProperty ?? "", name)
            : null;

    /// <summary>Joins the slices of one Service.</summary>
    public static ServiceEndpoints Join(ObjectKey service, IEnumerable<V1EndpointSlice> slices)
    {
        var byAddress = slices.SelectMany(Read).GroupBy(found => found.Address, StringComparer.Ordinal).SelectMany(Apart).Select(Merge).ToList();
        var podsWithIPv4 = byAddress.Where(endpoint => endpoint.PodName is not null && !IsIPv6(endpoint)).Select(endpoint => endpoint.PodName).ToHashSet();
        var endpoints = byAddress
            .Where(endpoint => !IsIPv6(endpoint) || endpoint.PodName is null || !podsWithIPv4.Contains(endpoint.PodName))
            .OrderBy(endpoint => endpoint.Address, StringComparer.Ordinal)
            .ThenBy(endpoint => string.Join(',', endpoint.Ports), StringComparer.Ordinal);
        return new ServiceEndpoints(service, [.. endpoints]);
    }

    private static IEnumerable<ServiceEndpoint> Read(V1EndpointSlice slice)
    {
        var ports = (slice.Ports ?? []).Where(port => port?.Port is not null)
            .DistinctBy(port => port.Name ?? "")
            .ToImmutableSortedDictionary(port => port.Name ?? "", port => port.Port!.Value, StringComparer.Ordinal);
        foreach (var endpoint in slice.Endpoints ?? [])
        {
            // Only the first address means anything (EndpointSlice API, field addresses).
            if (endpoint?.Addresses is { Count: > 0 } addresses && IPAddress.TryParse(addresses[0], out var address))
            {
                yield return new ServiceEndpoint
                {
                    Address = address.ToString(),
                    Ports = ports,
                    // Absent means ready, so says the API.
                    Ready = endpoint.Conditions?.Ready ?? true,
                    Terminating = endpoint.Conditions?.Terminating ?? false,
                    PodName = endpoint.TargetRef is { Kind: "Pod" } target ? target.Name : null,
                };
            }
        }
    }

    private static IEnumerable<List<ServiceEndpoint>> Apart(IEnumerable<ServiceEndpoint> sameAddress)
    {
        var groups = new List<List<ServiceEndpoint>>();
        foreach (var endpoint in sameAddress)
        {
            if (groups.Find(group => group.TrueForAll(other => CanBeOne(other, endpoint))) is { } same)
            {
                same.Add(endpoint);
            }
            else
            {
                groups.Add([endpoint]);
            }
        }

        return groups;
    }

    private static bool CanBeOne(ServiceEndpoint left, ServiceEndpoint right) =>
        (left.PodName is not null && left.PodName == right.PodName) ||
        left.Ports.All(port => !right.Ports.TryGetValue(port.Key, out var number) || number == port.Value);

    private static ServiceEndpoint Merge(IEnumerable<ServiceEndpoint> duplicates)
    {
        var all = duplicates.OrderByDescending(endpoint => endpoint.Ready).ToList();
        var equals = all.TakeWhile(endpoint => endpoint.Ready == all[0].Ready).ToList();
        var ports = equals.SelectMany(endpoint => endpoint.Ports).DistinctBy(port => port.Key);
        return all[0] with
        {
            Ports = ports.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Terminating = equals.TrueForAll(endpoint => endpoint.Terminating),
            PodName = equals.Find(endpoint => endpoint.PodName is not null)?.PodName,
        };
    }

    private static bool IsIPv6(ServiceEndpoint endpoint) => IPAddress.Parse(endpoint.Address).AddressFamily == AddressFamily.InterNetworkV6;
}
