using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The objects that the services find each other and their configuration by.</summary>
internal static class SystemObjects
{
    /// <summary>Applies the system namespace, config-autoscaler and the Service that stands for the activators.</summary>
    public static async Task ApplyAsync(KubeClient client, SandboxNetwork network, SandboxSettings settings, CancellationToken cancellationToken)
    {
        await client.ApplyAsync(new V1Namespace { ApiVersion = "v1", Kind = "Namespace", Metadata = new V1ObjectMeta { Name = SystemNames.Namespace } }, cancellationToken);
        if (!settings.AutoscalerConfig.IsEmpty)
        {
            await client.ApplyAsync(AutoscalerConfig(settings), cancellationToken);
        }

        await client.ApplyAsync(ActivatorService(), cancellationToken);
        await client.ApplyAsync(ActivatorSlice(network), cancellationToken);
    }

    private static V1ConfigMap AutoscalerConfig(SandboxSettings settings) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = Named(SystemNames.ConfigAutoscaler),
        Data = new Dictionary<string, string>(settings.AutoscalerConfig),
    };

    // No selector: the activator is no pod here, so its slice is written below.
    private static V1Service ActivatorService() => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = Named(SystemNames.ActivatorService),
        Spec = new V1ServiceSpec
        {
            Ports =
            [
                new V1ServicePort { Name = Ports.NameHttp, Port = Ports.ServiceHttp, TargetPort = Ports.BackendHttp, Protocol = "TCP" },
                new V1ServicePort { Name = Ports.NameHttp2, Port = 81, TargetPort = Ports.BackendHttp2, Protocol = "TCP" },
            ],
        },
    };

    private static V1EndpointSlice ActivatorSlice(SandboxNetwork network)
    {
        var metadata = Named(SystemNames.ActivatorService + "-sandbox");
        metadata.Labels = new Dictionary<string, string>
        {
            [Labels.SliceService] = SystemNames.ActivatorService,
            ["endpointslice.kubernetes.io/managed-by"] = "kxds",
        };
        return new V1EndpointSlice
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            Metadata = metadata,
            AddressType = "IPv4",
            Endpoints = [new V1Endpoint { Addresses = [network.Activator], Conditions = new V1EndpointConditions { Ready = true } }],
            Ports =
            [
                new Discoveryv1EndpointPort { Name = Ports.NameHttp, Port = Ports.BackendHttp, Protocol = "TCP" },
                new Discoveryv1EndpointPort { Name = Ports.NameHttp2, Port = Ports.BackendHttp2, Protocol = "TCP" },
            ],
        };
    }

    private static V1ObjectMeta Named(string name) => new() { Name = name, NamespaceProperty = SystemNames.Namespace };
}
