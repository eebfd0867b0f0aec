using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>The embedded Kubernetes API with what the activator reads from it.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly SandboxApi _api;

    private TestCluster(SandboxApi api)
    {
        _api = api;
        Kubeconfig = Path.GetTempFileName();
        File.WriteAllText(Kubeconfig, api.KubeconfigYaml);
        Client = KubeClient.Create(new KubeClientOptions { Kubeconfig = Kubeconfig });
    }

    public string Kubeconfig { get; }

    public KubeClient Client { get; }

    private const string RevisionCrd = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: revisions.serving.knative.dev}
        spec:
          group: serving.knative.dev
          scope: Namespaced
          names: {kind: Revision, plural: revisions, singular: revision, listKind: RevisionList}
          versions:
            - name: v1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """;

    /// <summary>Starts the API, with or without the kind Revision.</summary>
    public static async Task<TestCluster> StartAsync(bool revisions = false) => new(await SandboxApi.StartAsync(
        new SandboxApiOptions { Crds = [.. CrdManifests.All.Select(crd => crd.Yaml), .. revisions ? [RevisionCrd] : (string[])[]] }, null, TimeProvider.System, CancellationToken.None));

    public Task<PodAutoscaler> CreateRevisionAsync(ObjectKey key, long containerConcurrency, string protocol = "http1") => Client.CreateAsync(
        new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = key.Namespace, Name = key.Name },
            Spec = new PodAutoscalerSpec
            {
                ContainerConcurrency = containerConcurrency,
                ProtocolType = protocol,
                ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = key.Name + "-deployment" },
            },
        },
        CancellationToken.None);

    public Task<V1EndpointSlice> CreateSliceAsync(ObjectKey service, IDictionary<string, string> labels, int port, bool ready, string address = "127.0.0.1", string portName = Ports.NameHttp) => Client.CreateAsync(
        new V1EndpointSlice
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = service.Namespace,
                Name = string.Create(CultureInfo.InvariantCulture, $"{service.Name}-{port}"),
                Labels = new Dictionary<string, string>(labels) { [Labels.SliceService] = service.Name },
            },
            AddressType = "IPv4",
            Endpoints = [new V1Endpoint { Addresses = [address], Conditions = new V1EndpointConditions { Ready = ready } }],
            Ports = [new Discoveryv1EndpointPort { Name = portName, Port = port, Protocol = "TCP" }],
        },
        CancellationToken.None);

    public static Dictionary<string, string> LabelsOf(ObjectKey revision, string serviceType) => new()
    {
        [Labels.Revision] = revision.Name,
        [Labels.ServiceType] = serviceType,
    };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _api.DisposeAsync();
        File.Delete(Kubeconfig);
    }
}
