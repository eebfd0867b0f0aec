using k8s.Models;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Endpoints of an SKS's public Service, computed from those of its pods and of the activators.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/serverlessservice/serverlessservice.go and resources/services.go.</remarks>
internal static class SksEndpoints
{
    /// <summary>Subsets as the endpoints controller would write them: one for each set of ports, addresses sorted.</summary>
    public static List<V1EndpointSubset> FromSlices(IEnumerable<V1EndpointSlice> slices)
    {
        var subsets = new SortedDictionary<string, V1EndpointSubset>(StringComparer.Ordinal);
        foreach (var slice in slices)
        {
            var ports = (slice.Ports ?? []).OrderBy(port => port.Port).ThenBy(port => port.Name, StringComparer.Ordinal).ToList();
            var id = string.Join(',', ports.Select(port => $"{port.Name}:{port.Port}/{port.Protocol}"));
            if (!subsets.TryGetValue(id, out var subset))
            {
                subsets[id] = subset = new V1EndpointSubset { Addresses = [], NotReadyAddresses = [], Ports = ports.ConvertAll(ToCorePort) };
            }

            foreach (var endpoint in (slice.Endpoints ?? []).Where(endpoint => endpoint.Conditions?.Terminating != true))
            {
                var list = endpoint.Conditions?.Ready == false ? subset.NotReadyAddresses : subset.Addresses;
                list.Add(new V1EndpointAddress { Ip = endpoint.Addresses[0], NodeName = endpoint.NodeName, TargetRef = endpoint.TargetRef });
            }
        }

        return [.. subsets.Values.Where(subset => subset.Addresses.Count + subset.NotReadyAddresses.Count > 0).Select(Sorted)];
    }

    /// <summary>Ready addresses in all subsets.</summary>
    public static int ReadyCount(IEnumerable<V1EndpointSubset> subsets) => subsets.Sum(subset => subset.Addresses?.Count ?? 0);

    /// <summary>The activators of one SKS; all of them when <paramref name="count"/> is 0.</summary>
    public static IList<V1EndpointSubset> Choose(IList<V1EndpointSubset> subsets, string target, int count)
    {
        var addresses = subsets.SelectMany(subset => subset.Addresses ?? []).Select(address => address.Ip).ToHashSet(StringComparer.Ordinal);
        if (count == 0 || addresses.Count <= count)
        {
            return subsets;
        }

        var chosen = SubsetSelection.Choose(addresses, count, target).ToHashSet(StringComparer.Ordinal);
        var kept = new List<V1EndpointSubset>();
        foreach (var subset in subsets)
        {
            var ready = (subset.Addresses ?? []).Where(address => chosen.Contains(address.Ip)).ToList();
            if (ready.Count > 0)
            {
                kept.Add(new V1EndpointSubset { Addresses = ready, NotReadyAddresses = subset.NotReadyAddresses, Ports = subset.Ports });
            }
        }

        return kept;
    }

    /// <summary>Only the ports that serve the SKS: by number, whatever their name.</summary>
    public static List<V1EndpointSubset>? KeepPorts(IEnumerable<V1EndpointSubset> subsets, int targetPort)
    {
        List<V1EndpointSubset> filtered =
        [
            .. subsets.Select(subset => new V1EndpointSubset
            {
                Addresses = NullIfEmpty(subset.Addresses),
                NotReadyAddresses = NullIfEmpty(subset.NotReadyAddresses),
                Ports = [.. (subset.Ports ?? []).Where(port => port.Port == targetPort || port.Port == Ports.BackendHttps)],
            }),
        ];
        return filtered.Count == 0 ? null : filtered;
    }

    public static bool AreSame(IList<V1EndpointSubset>? left, IList<V1EndpointSubset>? right) =>
        k8s.KubernetesJson.Serialize(left ?? []) == k8s.KubernetesJson.Serialize(right ?? []);

    private static IList<V1EndpointAddress>? NullIfEmpty(IList<V1EndpointAddress>? addresses) => addresses is { Count: > 0 } ? addresses : null;

    private static V1EndpointSubset Sorted(V1EndpointSubset subset) => new()
    {
        Addresses = [.. subset.Addresses.OrderBy(address => address.Ip, StringComparer.Ordinal)],
        NotReadyAddresses = [.. subset.NotReadyAddresses.OrderBy(address => address.Ip, StringComparer.Ordinal)],
        Ports = subset.Ports,
    };

    private static Corev1EndpointPort ToCorePort(Discoveryv1EndpointPort port) =>
        new() { Name = port.Name, Port = port.Port ?? 0, Protocol = port.Protocol ?? "TCP", AppProtocol = port.AppProtocol };
}
