using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The objects that the services find each other and their configuration by.</summary>
internal static class SystemObjects
{
    private const string GatewayService = "kxds-gateway-local";

    /// <summary>Applies the system namespace, config-autoscaler and the Services that stand for the activators and for the gateway's local listener.</summary>
    public static async Task ApplyAsync(KubeClient client, SandboxNetwork network, SandboxSettings settings, GatewayPair gateway, CancellationToken cancellationToken)
    {
        await client.ApplyAsync(new V1Namespace { ApiVersion = "v1", Kind = "Namespace", Metadata = new V1ObjectMeta { Name = SystemNames.Namespace } }, cancellationToken);
        if (!settings.AutoscalerConfig.IsEmpty)
        {
            await client.ApplyAsync(AutoscalerConfig(settings), cancellationToken);
        }

        await client.ApplyAsync(ActivatorService(), cancellationToken);
        await client.ApplyAsync(ActivatorSlice(network), cancellationToken);
        // A real API refuses endpoints on loopback.
        if (settings.Kubeconfig is null)
        {
            await client.ApplyAsync(Service(GatewayService, new V1ServicePort { Name = Ports.NameHttp2, Port = Ports.ServiceHttp, TargetPort = gateway.Local.Port, Protocol = "TCP" }), cancellationToken);
            await client.ApplyAsync(Slice(GatewayService, $"{gateway.Local.Address}", new Discoveryv1EndpointPort { Name = Ports.NameHttp2, Port = gateway.Local.Port, Protocol = "TCP" }), cancellationToken);
        }
    }

    private static V1ConfigMap AutoscalerConfig(SandboxSettings settings) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = Named(SystemNames.ConfigAutoscaler),
        Data = new Dictionary<string, string>(settings.AutoscalerConfig),
    };

    private static V1Service ActivatorService() => Service(
        SystemNames.ActivatorService,
        new V1ServicePort { Name = Ports.NameHttp, Port = Ports.ServiceHttp, TargetPort = Ports.BackendHttp, Protocol = "TCP" },
        new V1ServicePort { Name = Ports.NameHttp2, Port = 81, TargetPort = Ports.BackendHttp2, Protocol = "TCP" });

    private static V1EndpointSlice ActivatorSlice(SandboxNetwork network) => Slice(
        SystemNames.ActivatorService,
        network.Activator,
        new Discoveryv1EndpointPort { Name = Ports.NameHttp, Port = Ports.BackendHttp, Protocol = "TCP" },
        new Discoveryv1EndpointPort { Name = Ports.NameHttp2, Port = Ports.BackendHttp2, Protocol = "TCP" });

    // No selector: neither the activator nor the gateway is a pod here, so their slices are written below.
    private static V1Service Service(string name, params V1ServicePort[] ports) => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = Named(name),
        Spec = new V1ServiceSpec { Ports = [.. ports] },
    };

    private static V1EndpointSlice Slice(string service, string address, params Discoveryv1EndpointPort[] ports)
    {
        var metadata = Named(service + "-sandbox");
        metadata.Labels = new Dictionary<string, string> { [Labels.SliceService] = service, ["endpointslice.kubernetes.io/managed-by"] = "kxds" };
        return new V1EndpointSlice
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            Metadata = metadata,
            AddressType = "IPv4",
            Endpoints = [new V1Endpoint { Addresses = [address], Conditions = new V1EndpointConditions { Ready = true } }],
            Ports = [.. ports],
        };
    }

    private static V1ObjectMeta Named(string name) => new() { Name = name, NamespaceProperty = SystemNames.Namespace };
}
