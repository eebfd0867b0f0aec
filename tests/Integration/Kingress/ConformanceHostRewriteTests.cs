using k8s.Models;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's row on domains that are mapped to a cluster-local host.</summary>
public sealed class ConformanceHostRewriteTests
{
    [Fact]
    [Conformance("host-rewrite")]
    public async Task VanityHosts_ThroughExternalNameAndTheLocalListener_ReachTheRewrittenHost()
    {
        // As Serving and DomainMappings do, the name is taken from the status; only the port is the listener's own, as nobody may bind 80 here.
        await using var world = await KingressWorld.StartAsync(options => options.PrivateAddress = "localhost");
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var target = $"target.{ns.Name}.svc.cluster.local";
        await ns.ReadyAsync("private", Spec.Local([target], Spec.All(Spec.To("runtime"))));
        var address = Assert.Single((await ns.FindAsync("private"))!.Status!.PrivateLoadBalancer!.Ingress!).DomainInternal;
        var port = ns.Local.EndPoint.Port;
        await ns.ServiceAsync("to-local", new V1ServiceSpec { Type = "ExternalName", ExternalName = address, Ports = [TestNamespace.Port("http2", port)] });
        string[] vanity = [ns.Host("vanity"), ns.Host("vanity.isolated")];
        var path = Spec.All(Spec.To("to-local", (KIngressPort)port).Setting("K-Original-Host", vanity[0]));
        path.RewriteHost = target;
        await ns.ReadyAsync("mapping", Spec.External(vanity, path));

        foreach (var host in vanity)
        {
            var seen = (await ns.External.GetAsync(host)).Seen;
            Assert.Equal((target, vanity[0]), (seen.Host, seen["K-Original-Host"]));
        }
    }
}
