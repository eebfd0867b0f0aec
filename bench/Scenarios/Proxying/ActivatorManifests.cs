using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>One revision with ten ready pods, in the objects that upstream's controllers would have made: both activators read what they know of it.</summary>
internal static class ActivatorManifests
{
    public const string Namespace = "default";
    public const string Revision = "hello-00001";
    public const string OwnAddress = "10.244.0.2";
    private const int Pods = 10;
    private const int Attempts = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The objects, in the order in which they have to come.</summary>
    public static IEnumerable<JsonNode> All(ProxyProtocol protocol, int userPort)
    {
        var h2c = protocol == ProxyProtocol.H2c;
        return YamlJson.ParseAll(Text(h2c ? "http2" : "http", h2c ? "h2c" : "http1", userPort));
    }

    /// <summary>Applies one, as soon as the API has its kind.</summary>
    public static async Task ApplyAsync(ManifestApplier applier, JsonNode manifest, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await applier.ApplyAsync(manifest, cancellationToken);
                return;
            }
            catch (FormatException) when (attempt < Attempts)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static string Text(string portName, string protocol, int userPort)
    {
        var addresses = Enumerable.Range(1, Pods).Select(pod => string.Create(CultureInfo.InvariantCulture, $"10.244.1.{pod}")).ToArray();
        var ips = string.Join(", ", addresses.Select(address => $"{{ip: {address} }}"));
        var endpoints = string.Join(", ", addresses.Select(address => $"{{addresses: [{address}], conditions: {{ready: true}} }}"));
        var labels = $"{Labels.Revision}: {Revision}, {Labels.RevisionUid}: 00000000-0000-0000-0000-000000000001, {Labels.ServerlessService}: {Revision}";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {apiVersion: v1, kind: Namespace, metadata: {name: {{SystemNames.Namespace}} } }
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: config-network, namespace: {{SystemNames.Namespace}} }, data: {} }
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: config-logging, namespace: {{SystemNames.Namespace}} }, data: {} }
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: config-observability, namespace: {{SystemNames.Namespace}} }, data: {metrics.backend-destination: prometheus} }
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: config-tracing, namespace: {{SystemNames.Namespace}} }, data: {backend: none} }
            ---
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: revisions.serving.knative.dev}
            spec:
              group: serving.knative.dev
              names: {kind: Revision, listKind: RevisionList, plural: revisions, singular: revision}
              scope: Namespaced
              versions:
              - {name: v1, served: true, storage: true, subresources: {status: {} }, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true} } }
            ---
            apiVersion: serving.knative.dev/v1
            kind: Revision
            metadata: {name: {{Revision}}, namespace: {{Namespace}}, labels: {serving.knative.dev/service: hello, serving.knative.dev/configuration: hello} }
            spec: {containerConcurrency: 0, timeoutSeconds: 300, containers: [ {name: user, image: hello, ports: [ {name: {{protocol}}, containerPort: 8080} ] } ] }
            ---
            apiVersion: autoscaling.internal.knative.dev/v1alpha1
            kind: PodAutoscaler
            metadata: {name: {{Revision}}, namespace: {{Namespace}}, labels: {serving.knative.dev/service: hello, serving.knative.dev/configuration: hello} }
            spec: {containerConcurrency: 0, protocolType: {{protocol}}, reachability: Reachable, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: hello} }
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: {{Revision}}-private, namespace: {{Namespace}}, labels: { {{labels}}, {{Labels.ServiceType}}: Private} }
            spec: {ports: [ {name: {{portName}}, port: 80, targetPort: {{userPort}} } ] }
            ---
            apiVersion: v1
            kind: Endpoints
            metadata: {name: {{Revision}}-private, namespace: {{Namespace}}, labels: { {{labels}}, {{Labels.ServiceType}}: Private, endpointslice.kubernetes.io/skip-mirror: "true"} }
            subsets: [ {addresses: [ {{ips}} ], ports: [ {name: {{portName}}, port: {{userPort}} } ] } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: {{Revision}}-private-1, namespace: {{Namespace}}, labels: { {{labels}}, {{Labels.ServiceType}}: Private, {{Labels.SliceService}}: {{Revision}}-private} }
            addressType: IPv4
            endpoints: [ {{endpoints}} ]
            ports: [ {name: {{portName}}, port: {{userPort}} } ]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: {{Revision}}, namespace: {{Namespace}}, labels: { {{labels}}, {{Labels.ServiceType}}: Public} }
            spec: {ports: [ {name: {{portName}}, port: 80} ] }
            ---
            apiVersion: v1
            kind: Endpoints
            metadata: {name: {{Revision}}, namespace: {{Namespace}}, labels: { {{labels}}, {{Labels.ServiceType}}: Public, endpointslice.kubernetes.io/skip-mirror: "true"} }
            subsets: [ {addresses: [ {ip: {{OwnAddress}} } ], ports: [ {name: {{portName}}, port: 8012} ] } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: {{Revision}}-1, namespace: {{Namespace}}, labels: { {{labels}}, {{Labels.ServiceType}}: Public, {{Labels.SliceService}}: {{Revision}} } }
            addressType: IPv4
            endpoints: [ {addresses: [{{OwnAddress}}], conditions: {ready: true} } ]
            ports: [ {name: {{portName}}, port: 8012} ]
            """);
    }
}
