using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Certificates that no ingress names: those for hosts without one of their own, and those of the system's pods.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class CertificateTests(ConfiguredWorld shared)
{
    [Fact]
    [Defect(18)]
    public async Task Defect18_CertificateForAllExternalHosts_IsReplaced_TheNewOneIsShown()
    {
        await using var ns = await shared.NamespaceAsync();
        var (old, next) = (TestCertificate.For("*.example.com"), TestCertificate.For("*.example.com"));
        await ns.SecretAsync("for-all", old);
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        using var _ = await shared.ConfigureAsync(("certs-secret-name", "for-all"), ("certs-secret-namespace", ns.Name));
        await ShowsAsync(ns.ExternalTls, ns.Host("a"), old);

        await ns.SecretAsync("for-all", next);

        await ShowsAsync(ns.ExternalTls, ns.Host("a"), next);
    }

    [Fact]
    [Defect(18)]
    public async Task Defect18_CertificateForAllClusterLocalHosts_IsReplaced_TheNewOneIsShown()
    {
        await using var ns = await shared.NamespaceAsync();
        var hosts = ns.LocalHosts("inside");
        var (old, next) = (TestCertificate.For(hosts), TestCertificate.For(hosts));
        await ns.SystemSecretAsync("for-all-local", old);
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.Local(hosts, Spec.All(Spec.To("runtime"))));
        using var _ = await shared.ConfigureAsync(("cluster-cert-secret", "for-all-local"));
        await ShowsAsync(ns.LocalTls, hosts[0], old);
        Assert.Equal("runtime", (await ns.LocalTls.GetTlsAsync(old, hosts[0])).Backend);

        await ns.SystemSecretAsync("for-all-local", next);

        await ShowsAsync(ns.LocalTls, hosts[2], next);
    }

    [Fact]
    [Defect(18)]
    public async Task Defect18_AuthorityOfTheSystemsPods_IsReplaced_TheNewOneIsBelieved()
    {
        await using var ns = await shared.NamespaceAsync();
        using var one = TestAuthority.Create("one");
        using var two = TestAuthority.Create("two");
        await AuthorityAsync(one.RootPem);
        await shared.NetworkAsync(("system-internal-tls", "enabled"));
        try
        {
            await SecuredAsync(ns, "old", one, $"kn-user-{ns.Name}");
            await SecuredAsync(ns, "new", two, "kn-routing");
            await SecuredAsync(ns, "late", one, "kn-routing");
            foreach (var name in new[] { "old", "new", "late" })
            {
                await ns.IngressAsync(name, Spec.External(ns.Host(name), Spec.All(Spec.To(name, (KIngressPort)443))));
                await ns.ReadyAsync(name);
            }

            await CodeAsync(ns, "old", 200);
            await CodeAsync(ns, "new", 503);
            var clusters = await shared.World.Server.MetricAsync("kxds_xds_responses_total{type=\"cds\"}");

            await AuthorityAsync(two.RootPem);

            await CodeAsync(ns, "new", 200);
            // Open connections go on; this one is the first to its pod.
            await CodeAsync(ns, "late", 503);
            await BundleAsync(one.RootPem);
            await CodeAsync(ns, "late", 200);
            Assert.Equal(clusters, await shared.World.Server.MetricAsync("kxds_xds_responses_total{type=\"cds\"}"));
        }
        finally
        {
            await shared.NetworkAsync();
        }
    }

    [Fact]
    public async Task SystemInternalTls_OnlyTheSystemsPodsAreBelieved_OverHttp1AndHttp2()
    {
        await using var ns = await shared.NamespaceAsync();
        await AuthorityAsync(shared.Authority.RootPem);
        await shared.NetworkAsync(("system-internal-tls", "Enabled"));
        try
        {
            await SecuredAsync(ns, "pod", shared.Authority, $"kn-user-{ns.Name}");
            await SecuredAsync(ns, "pod2", shared.Authority, $"kn-user-{ns.Name}", "http2");
            await SecuredAsync(ns, "foreign", shared.Authority, "kn-user-other");
            await ns.ReadyAsync("i", Spec.External(
                ns.Host("a"), Spec.Path("/foreign", Spec.To("foreign", (KIngressPort)443)), Spec.Path("/pod2", Spec.To("pod2", (KIngressPort)443)), Spec.All(Spec.To("pod", (KIngressPort)443))));
            await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("a"))).Code == 200, XdsStack.Limit);

            Assert.Equal("HTTP/1.1", (await ns.External.GetAsync(ns.Host("a"))).Seen.Protocol);
            Assert.Equal("HTTP/2", (await ns.External.GetAsync(ns.Host("a"), "/pod2")).Seen.Protocol);
            Assert.Equal(503, (await ns.External.GetAsync(ns.Host("a"), "/foreign")).Code);
        }
        finally
        {
            await shared.NetworkAsync();
        }
    }

    [Fact]
    public async Task SystemInternalTls_WithoutAnyAuthority_TheIngressSaysSo_AndRecovers()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await world.Server.Client.ApplyAsync(
            new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = SystemNames.ConfigNetwork }, Data = new Dictionary<string, string> { ["system-internal-tls"] = "enabled" } },
            CancellationToken.None);
        await ns.IngressAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));

        var problem = await ns.ConditionAsync("i", "Ready", "False", "AuthoritiesMissing");
        Assert.Equal(
            "system-internal-tls of config-network is enabled, but Secret knative-serving/routing-serving-certs has no certificate in ca.crt, and no ConfigMap with the label networking.knative.dev/trust-bundle in knative-serving has one.",
            problem.Message);

        await AuthorityAsync(ns, shared.Authority.RootPem);
        await ns.ConditionAsync("i", "LoadBalancerReady", "Unknown", "Uninitialized");
    }

    private static Task ShowsAsync(GatewayClient gateway, string host, TestCertificate certificate) =>
        Eventually.TrueAsync(async () => await TlsStack.HandshakeAsync(gateway.EndPoint, host) == certificate.Thumbprint, XdsStack.Limit);

    private static Task CodeAsync(TestNamespace ns, string host, int code) => Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host(host))).Code == code, XdsStack.Limit);

    private static async Task SecuredAsync(TestNamespace ns, string name, TestAuthority authority, string certifiedName, string port = "https")
    {
        var (certificate, key) = authority.Issue([certifiedName]);
        var backend = await ns.StartAsync(name, new BackendOptions { Certificate = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPem(certificate, key).Export(X509ContentType.Pkcs12), null) });
        await ns.ServiceAsync(name, TestNamespace.Port(port, 443));
        await ns.SliceAsync(name, backend, (port, backend.TlsPort));
    }

    private Task<V1Secret> AuthorityAsync(string pem) => AuthorityAsync(shared.World.Server, pem);

    private static Task<V1Secret> AuthorityAsync(TestNamespace ns, string pem) => AuthorityAsync(ns.World.Server, pem);

    private static Task<V1Secret> AuthorityAsync(XdsStack server, string pem) => server.Client.ApplyAsync(
        new V1Secret
        {
            ApiVersion = "v1",
            Kind = "Secret",
            Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = SystemNames.RoutingCertificates },
            Data = new Dictionary<string, byte[]> { ["ca.crt"] = Encoding.ASCII.GetBytes(pem) },
        },
        CancellationToken.None);

    private Task<V1ConfigMap> BundleAsync(string pem) => shared.World.Server.Client.ApplyAsync(
        new V1ConfigMap
        {
            ApiVersion = "v1",
            Kind = "ConfigMap",
            Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = "bundle", Labels = new Dictionary<string, string> { [Labels.TrustBundle] = "" } },
            Data = new Dictionary<string, string> { ["bundle.pem"] = pem },
        },
        CancellationToken.None);
}
