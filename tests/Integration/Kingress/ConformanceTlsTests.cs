using System.Net;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on TLS, and the cases that they leave out.</summary>
public sealed class ConformanceTlsTests(SharedKingressWorld shared)
{
    [Fact]
    [Conformance("tls")]
    public async Task Certificate_HttpAndHttps_AreAnswered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var certificate = TestCertificate.For(ns.Host("tls"));
        await ns.SecretAsync("tls", certificate);
        await ReadyAsync(ns, "tls", "Enabled", "tls", ns.Host("tls"));

        Assert.Equal("http", (await ns.External.GetAsync(ns.Host("tls"))).Seen["X-Forwarded-Proto"]);
        Assert.Equal("https", (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("tls"))).Seen["X-Forwarded-Proto"]);
    }

    [Fact]
    [Conformance("httpoption")]
    public async Task EnabledAndRedirected_301OnlyWhereItWasAskedFor()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var certificate = TestCertificate.For(ns.Host("enabled"), ns.Host("redirected"));
        await ns.SecretAsync("both", certificate);
        await ReadyAsync(ns, "enabled", "Enabled", "both", ns.Host("enabled"));
        await ReadyAsync(ns, "redirected", "Redirected", "both", ns.Host("redirected"));

        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("enabled"))).Code);
        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("redirected"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("enabled"))).Code);
        var redirect = await ns.External.GetAsync(ns.Host("redirected"), "/path?query=1");
        Assert.Equal((301, $"https://{ns.Host("redirected")}/path?query=1"), (redirect.Code, redirect["Location"]));

        await ReadyAsync(ns, "redirected", "Enabled", "both", ns.Host("redirected"));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("redirected"))).Code);
    }

    [Fact]
    public async Task Http2OverTls_IsServedAndReachesAnHttp1Backend()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var certificate = TestCertificate.For(ns.Host("h2"));
        await ns.SecretAsync("h2", certificate);
        await ReadyAsync(ns, "h2", "Enabled", "h2", ns.Host("h2"));

        Assert.Equal("HTTP/1.1", (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("h2"), version: HttpVersion.Version20)).Seen.Protocol);
    }

    [Fact]
    public async Task SeveralCertificates_EachHostShowsItsOwn()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var (one, two) = (TestCertificate.For(ns.Host("one")), TestCertificate.For(ns.Host("two")));
        await ns.SecretAsync("one", one);
        await ns.SecretAsync("two", two);
        await ns.IngressAsync("several", new KIngressSpec
        {
            Rules = [Spec.External([ns.Host("one"), ns.Host("two")], Spec.All(Spec.To("runtime")))],
            Tls = [ns.Tls("one", ns.Host("one")), ns.Tls("two", ns.Host("two"))],
        });
        await ns.ReadyAsync("several");

        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(one, ns.Host("one"))).Code);
        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(two, ns.Host("two"))).Code);
        await Assert.ThrowsAsync<HttpRequestException>(() => ns.ExternalTls.GetTlsAsync(one, ns.Host("two")));
    }

    [Fact]
    public async Task ClusterLocalHost_HttpsInside_IsServedByItsThreeNames()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var hosts = ns.LocalHosts("inside");
        var certificate = TestCertificate.For(hosts);
        await ns.SecretAsync("inside", certificate);
        await ns.IngressAsync("inside", new KIngressSpec { Rules = [Spec.Local(hosts, Spec.All(Spec.To("runtime")))], Tls = [ns.Tls("inside", hosts)] });
        await ns.ReadyAsync("inside");

        foreach (var host in hosts)
        {
            Assert.Equal(200, (await ns.LocalTls.GetTlsAsync(certificate, host)).Code);
        }

        Assert.Equal(404, (await ns.ExternalTls.GetTlsAsync(certificate, hosts[^1])).Code);
    }

    [Fact]
    [Defect(8)]
    public async Task Defect08_TwoIngressesWithCertificatesForOneHost_TheOldersIsShownAndNothingIsRefused()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var (one, two) = (TestCertificate.For(ns.Host("wanted")), TestCertificate.For(ns.Host("wanted"), ns.Host("own")));
        await ns.SecretAsync("one", one);
        await ns.SecretAsync("two", two);
        await ReadyAsync(ns, "a-old", "Enabled", "one", ns.Host("wanted"));

        await ns.IngressAsync("b-young", SpecOf(ns, "Enabled", "two", ns.Host("wanted"), ns.Host("own")));
        await ns.ConditionAsync("b-young", "LoadBalancerReady", "False", "DomainConflict");

        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(one, ns.Host("wanted"))).Code);
        await Eventually.TrueAsync(async () => !await RefusesAsync(ns, two, ns.Host("own")), Xds.XdsStack.Limit);
    }

    [Fact]
    [Defect(8)]
    public async Task Defect08_OneHostInTwoEntriesOfOneIngress_TheFirstIsShownAndTheIngressIsReady()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var (one, two) = (TestCertificate.For(ns.Host("twice")), TestCertificate.For(ns.Host("twice")));
        await ns.SecretAsync("one", one);
        await ns.SecretAsync("two", two);
        var spec = SpecOf(ns, "Enabled", "one", ns.Host("twice"));
        spec.Tls!.Add(ns.Tls("two", ns.Host("twice").ToUpperInvariant()));
        await ns.IngressAsync("twice", spec);
        await ns.ReadyAsync("twice");

        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(one, ns.Host("twice"))).Code);
    }

    [Fact]
    [Defect(14)]
    public async Task Defect14_OnlySomeHostsHaveCertificates_TheIngressIsReadyAndTheOthersAnswerInClear()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var certificate = TestCertificate.For(ns.Host("with"));
        await ns.SecretAsync("with", certificate);
        var spec = SpecOf(ns, "Enabled", "with", ns.Host("with"), ns.Host("without"));
        spec.Tls![0].Hosts = [ns.Host("with")];
        await ns.IngressAsync("partly", spec);
        await ns.ReadyAsync("partly");

        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("with"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("without"))).Code);
    }

    [Fact]
    [Defect(15)]
    public async Task Defect15_RedirectedWithoutACertificate_IsServedUntilThereIsOne_AndChallengesAlways()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        const string challenge = "/.well-known/acme-challenge/token";
        KIngressSpec WithChallenge(params KIngressTls[] tls) => new()
        {
            HttpOption = "Redirected",
            Rules = [Spec.External(ns.Host("early"), Spec.Path(challenge, Spec.To("runtime")), Spec.All(Spec.To("runtime")))],
            Tls = [.. tls],
        };
        await ns.IngressAsync("early", WithChallenge());
        await ns.ReadyAsync("early");
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("early"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("early"), challenge)).Code);

        await ns.SecretAsync("early", TestCertificate.For(ns.Host("early")));
        await ns.IngressAsync("early", WithChallenge(ns.Tls("early", ns.Host("early"))));
        await ns.ReadyAsync("early");

        Assert.Equal(301, (await ns.External.GetAsync(ns.Host("early"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("early"), challenge)).Code);
    }

    [Fact]
    [Defect(16)]
    public async Task Defect16_TwoIngressesShareASecretAndOneGoes_ItsHostShowsNoCertificateAnyMore()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var certificate = TestCertificate.For(ns.Host("stays"), ns.Host("goes"));
        await ns.SecretAsync("shared", certificate);
        await ReadyAsync(ns, "stays", "Enabled", "shared", ns.Host("stays"));
        await ReadyAsync(ns, "goes", "Enabled", "shared", ns.Host("goes"));
        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("goes"))).Code);

        await ns.DeleteAsync("goes");

        await Eventually.TrueAsync(async () => await RefusesAsync(ns, certificate, ns.Host("goes")), Xds.XdsStack.Limit);
        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(certificate, ns.Host("stays"))).Code);
    }

    private static async Task<bool> RefusesAsync(TestNamespace ns, TestCertificate certificate, string host)
    {
        try
        {
            await ns.ExternalTls.GetTlsAsync(certificate, host);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    private static KIngressSpec SpecOf(TestNamespace ns, string option, string secret, params string[] hosts) => new()
    {
        HttpOption = option,
        Rules = [Spec.External(hosts, Spec.All(Spec.To("runtime")))],
        Tls = [ns.Tls(secret, hosts)],
    };

    private static async Task ReadyAsync(TestNamespace ns, string ingress, string option, string secret, params string[] hosts)
    {
        await ns.IngressAsync(ingress, SpecOf(ns, option, secret, hosts));
        await ns.ReadyAsync(ingress);
    }
}
