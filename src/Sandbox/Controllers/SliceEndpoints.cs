using System.Globalization;
using k8s.Models;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Derives the EndpointSlices and the Endpoints of a Service from the pods that it selects.</summary>
/// <remarks>Source: kubernetes staging/src/k8s.io/endpointslice (reconciler, utils) and pkg/controller/endpoint.</remarks>
internal static class SliceEndpoints
{
    /// <summary>Endpoints in one slice at most.</summary>
    public const int Capacity = 1000;
    /// <summary>Value of <see cref="ManagedByLabel"/> on slices made here.</summary>
    public const string SliceController = "endpointslice-controller.k8s.io";
    /// <summary>Label: who keeps a slice.</summary>
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";

    /// <summary>Label: who keeps Endpoints.</summary>
    public const string EndpointsManagedByLabel = "endpoints.kubernetes.io/managed-by";
    /// <summary>Value of <see cref="EndpointsManagedByLabel"/> on Endpoints made here.</summary>
    public const string EndpointsManager = "endpoint-controller";

    /// <summary>Slices of a Service: one per set of port numbers, as a named target port may differ between pods; an empty one when there are no pods.</summary>
    public static IReadOnlyList<V1EndpointSlice> Slices(V1Service service, IReadOnlyCollection<V1Pod> pods)
    {
        var groups = pods.Where(pod => !PodFacts.IsFinished(pod) && !string.IsNullOrEmpty(pod.Status?.PodIP))
            .OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal)
            .GroupBy(pod => string.Join(',', Ports(service, pod).Select(port => $"{port.Name}/{port.Port}/{port.Protocol}")))
            .ToList();
        if (groups.Count == 0)
        {
            return [Slice(service, 0, [], [])];
        }

        return [.. groups.SelectMany(group => group.Chunk(Capacity)).Select((chunk, index) =>
            Slice(service, index, Ports(service, chunk[0]), [.. chunk.Select(pod => Endpoint(service, pod))]))];
    }

    /// <summary>Endpoints of a Service: a subset per set of ports.</summary>
    public static V1Endpoints Endpoints(V1Service service, IReadOnlyCollection<V1Pod> pods)
    {
        var all = service.Spec.PublishNotReadyAddresses == true;
        var groups = pods.Where(pod => !PodFacts.IsFinished(pod) && !string.IsNullOrEmpty(pod.Status?.PodIP) && (all || pod.Metadata.DeletionTimestamp is null))
            .OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal)
            .GroupBy(pod => string.Join(',', Ports(service, pod).Select(port => $"{port.Name}/{port.Port}/{port.Protocol}")));
        return new V1Endpoints
        {
            Metadata = new V1ObjectMeta
            {
                Name = service.Metadata.Name,
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>()) { [EndpointsManagedByLabel] = EndpointsManager },
            },
            Subsets = [.. groups.Select(group => Subset(service, [.. group], all))],
        };
    }

    private static V1EndpointSubset Subset(V1Service service, List<V1Pod> pods, bool all)
    {
        var ready = pods.ToLookup(pod => all || PodFacts.IsReady(pod));
        return new V1EndpointSubset
        {
            Addresses = ready[true].Any() ? [.. ready[true].Select(Address)] : null,
            NotReadyAddresses = ready[false].Any() ? [.. ready[false].Select(Address)] : null,
            Ports = [.. Ports(service, pods[0]).Select(port => new Corev1EndpointPort { Name = port.Name, Port = port.Port ?? 0, Protocol = port.Protocol, AppProtocol = port.AppProtocol })],
        };
    }

    private static V1EndpointAddress Address(V1Pod pod) => new() { Ip = pod.Status.PodIP, NodeName = pod.Spec.NodeName, TargetRef = Reference(pod) };

    private static V1Endpoint Endpoint(V1Service service, V1Pod pod)
    {
        var serving = PodFacts.IsReady(pod);
        var terminating = pod.Metadata.DeletionTimestamp is not null;
        return new V1Endpoint
        {
            Addresses = [pod.Status.PodIP],
            Conditions = new V1EndpointConditions
            {
                Ready = service.Spec.PublishNotReadyAddresses == true || (serving && !terminating),
                Serving = serving,
                Terminating = terminating,
            },
            NodeName = pod.Spec.NodeName,
            TargetRef = Reference(pod),
        };
    }

    private static V1ObjectReference Reference(V1Pod pod) =>
        new() { Kind = "Pod", Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty, Uid = pod.Metadata.Uid };

    private static V1EndpointSlice Slice(V1Service service, int index, IReadOnlyList<Discoveryv1EndpointPort> ports, IList<V1Endpoint> endpoints)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [Core.Wire.Labels.SliceService] = service.Metadata.Name,
            [ManagedByLabel] = SliceController,
        };
        if (service.Spec.ClusterIP == "None")
        {
            labels["service.kubernetes.io/headless"] = "";
        }

        return new V1EndpointSlice
        {
            Metadata = new V1ObjectMeta
            {
                // The same slice from no pod to many, so that readers see one object change.
                Name = ShortHash.Name(service.Metadata.Name, ShortHash.Of($"{service.Metadata.Uid}/{index}")),
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Labels = labels,
                OwnerReferences = [new V1OwnerReference { ApiVersion = "v1", Kind = "Service", Name = service.Metadata.Name, Uid = service.Metadata.Uid, Controller = true, BlockOwnerDeletion = true }],
            },
            AddressType = "IPv4",
            Ports = [.. ports],
            Endpoints = endpoints,
        };
    }

    private static List<Discoveryv1EndpointPort> Ports(V1Service service, V1Pod pod) =>
        [.. (service.Spec.Ports ?? []).Select(port => (Port: port, Number: TargetPort(port, pod))).Where(entry => entry.Number is not null).Select(entry =>
            new Discoveryv1EndpointPort { Name = entry.Port.Name ?? "", Port = entry.Number, Protocol = entry.Port.Protocol ?? "TCP", AppProtocol = entry.Port.AppProtocol })];

    // Null: no container of the pod has a port of that name.
    private static int? TargetPort(V1ServicePort port, V1Pod pod)
    {
        if (port.TargetPort is not { } target || (string)target is "" or "0")
        {
            return port.Port;
        }

        return int.TryParse((string)target, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : pod.Spec.Containers.SelectMany(container => container.Ports ?? [])
                .FirstOrDefault(candidate => candidate.Name == (string)target && (candidate.Protocol ?? "TCP") == (port.Protocol ?? "TCP"))?.ContainerPort;
    }
}
