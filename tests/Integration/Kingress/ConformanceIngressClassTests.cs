using k8s;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's row on ingresses that are not ours.</summary>
public sealed class ConformanceIngressClassTests(SharedKingressWorld shared)
{
    [Fact]
    [Conformance("ingressclass")]
    public async Task NoClassEmptyClassOtherClass_NothingIsWritten()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var annotations = new Dictionary<string, Dictionary<string, string>?>
        {
            ["none"] = null,
            ["no-entries"] = [],
            ["other-key"] = new() { ["networking.knative.dev/ingress-class"] = Labels.XdsIngressClass },
            ["incorrect"] = new() { [Labels.IngressClass] = "incorrect" },
            ["letter-case"] = new() { [Labels.IngressClass] = Labels.XdsIngressClass.ToUpperInvariant() },
            ["empty"] = new() { [Labels.IngressClass] = "" },
        };
        var before = new Dictionary<string, string>();
        foreach (var (name, given) in annotations)
        {
            await ns.Api.ApplyAsync(new KIngress { Metadata = new V1ObjectMeta { NamespaceProperty = ns.Name, Name = name, Annotations = given }, Spec = SpecOf(ns, name) }, CancellationToken.None);
            before[name] = KubernetesJson.Serialize(await ns.FindAsync(name));
        }

        // One that is ours, made later: when the server has said all about it, it has seen the others.
        await ns.ReadyAsync("ours", Spec.External(ns.Host("ours"), Spec.All(Spec.To("runtime"))));

        foreach (var name in annotations.Keys)
        {
            Assert.Equal(before[name], KubernetesJson.Serialize(await ns.FindAsync(name)));
            Assert.Equal(404, (await ns.External.GetAsync(ns.Host(name))).Code);
        }
    }

    private static KIngressSpec SpecOf(TestNamespace ns, string name) => new() { Rules = [Spec.External(ns.Host(name), Spec.All(new KIngressSplit { ServiceName = "runtime", ServiceNamespace = ns.Name, ServicePort = 80 }))], HttpOption = "Enabled" };
}
