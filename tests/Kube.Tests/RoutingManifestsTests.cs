using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Kube.Tests;

public sealed class RoutingManifestsTests
{
    private const string Text = """
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: Ingress
        metadata: {name: good}
        spec:
          rules:
          - hosts: [a.example.com]
            http: {paths: [{splits: [{serviceName: web, serviceNamespace: default, servicePort: 80, percent: 100}]}]}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: another-kind}
        ---
        apiVersion: v1
        kind: List
        items:
        - {apiVersion: v1, kind: Service, metadata: {name: web, namespace: other}, spec: {ports: [{port: 80}]}}
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: passed-over}}
        ---
        {"apiVersion": "networking.internal.knative.dev/v1alpha1", "kind": "Ingress", "metadata": {"name": "bad"}, "spec": {"rules": [{"hosts": ["b.example.com"]}]}}
        """;

    [Fact]
    public void Read_MixedManifest_GivesIngressesServicesAndProblems()
    {
        var read = RoutingManifests.Read(Text);

        Assert.Equal([new ObjectKey("default", "good")], read.Ingresses.Select(ingress => ingress.Key));
        Assert.Equal([new ObjectKey("other", "web")], read.Services.Keys);
        Assert.Equal([(new ObjectKey("default", "bad"), "spec.rules[0].http")], read.Problems.Select(problem => (problem.Object, problem.Field)));
    }

    [Fact]
    public void Read_BrokenYaml_SaysWhere() =>
        Assert.StartsWith("line 3", Assert.Throws<FormatException>(() => RoutingManifests.Read("a: 1\nb: [")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_FieldOfTheWrongKind_NamesTheObject() =>
        Assert.StartsWith("Service web: ", Assert.Throws<FormatException>(() => RoutingManifests.Read("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: 5}}")).Message, StringComparison.Ordinal);
}
