using System.Net;
using System.Text;
using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>Certificates, as a client of the real Envoy sees them.</summary>
public sealed class TlsTests(TlsStack stack) : IClassFixture<TlsStack>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handshake_SeveralCertificates_EachHostGetsItsOwn()
    {
        stack.Need();
        var (one, wild, local) = (TestCertificate.For("one.tls.example.com"), TestCertificate.For("*.wild.example.com"), TestCertificate.For("one.default.svc.cluster.local"));
        await stack.Server.SecretAsync("one", one);
        await stack.Server.SecretAsync("wild", wild);
        await stack.Server.SecretAsync("one-local", local);
        await stack.Server.IngressAsync("several", new KIngressSpec
        {
            Tls = [Tls("one", "one.tls.example.com"), Tls("wild", "*.wild.example.com"), Tls("one-local", "one.default.svc.cluster.local", "one.default.svc", "one.default")],
            Rules =
            [
                XdsStack.Rule("svc-a", "ClusterLocal", "one.default.svc.cluster.local"),
                XdsStack.Rule("svc-a", "ExternalIP", "one.tls.example.com", "x.wild.example.com"),
            ],
        });
        await stack.Server.ConditionAsync("several", "Ready", "True");

        Assert.Equal(one.Thumbprint, await TlsStack.HandshakeAsync(stack.ExternalTls, "one.tls.example.com"));
        Assert.Equal(wild.Thumbprint, await TlsStack.HandshakeAsync(stack.ExternalTls, "x.wild.example.com"));
        Assert.Equal(local.Thumbprint, await TlsStack.HandshakeAsync(stack.LocalTls, "one.default.svc"));
        using var client = TlsStack.Client(stack.ExternalTls, one);
        Assert.Equal("a", await client.GetStringAsync(new Uri("https://one.tls.example.com/"), Cancel));
        using var inside = TlsStack.Client(stack.LocalTls, local);
        Assert.Equal("a", await inside.GetStringAsync(new Uri("https://one.default.svc.cluster.local/"), Cancel));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Https_HttpVersion_IsNegotiated(int version)
    {
        stack.Need();
        var certificate = TestCertificate.For($"alpn{version}.example.com");
        await stack.Server.SecretAsync($"alpn{version}", certificate);
        await stack.Server.IngressAsync($"alpn{version}", Simple($"alpn{version}", $"alpn{version}.example.com"));
        await stack.Server.ConditionAsync($"alpn{version}", "Ready", "True");
        using var client = TlsStack.Client(stack.ExternalTls, certificate);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://alpn{version}.example.com/") { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(request.Version, answer.Version);
    }

    [Fact]
    public async Task Handshake_UnknownNames_AreRefusedAndEnvoyKeepsNothingOfThem()
    {
        stack.Need();
        await stack.Server.SecretAsync("known", TestCertificate.For("known.example.com"));
        await stack.Server.IngressAsync("known", Simple("known", "known.example.com"));
        await stack.Server.ConditionAsync("known", "Ready", "True");

        for (var i = 0; i < 50; i++)
        {
            Assert.Null(await TlsStack.HandshakeAsync(stack.ExternalTls, $"unknown-{i}.example.com"));
        }

        Assert.NotNull(await TlsStack.HandshakeAsync(stack.ExternalTls, "KNOWN.example.com"));
        await Eventually.TrueAsync(async () => !(await SecretsOfEnvoyAsync()).Contains("unknown-", StringComparison.Ordinal), XdsStack.Limit);
    }

    [Fact]
    public async Task Rotation_NewHandshakesGetTheNewCertificateAndOldConnectionsGoOn()
    {
        stack.Need();
        var (old, next) = (TestCertificate.For("rotates.example.com"), TestCertificate.For("rotates.example.com"));
        await stack.Server.SecretAsync("rotates", old);
        await stack.Server.IngressAsync("rotates", Simple("rotates", "rotates.example.com"));
        await stack.Server.ConditionAsync("rotates", "Ready", "True");
        await using var connection = await TlsStack.ConnectAsync(stack.ExternalTls, "rotates.example.com");
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(connection, "rotates.example.com"), StringComparison.Ordinal);
        var listeners = await StatAsync("listener_manager.lds.update_success");

        await stack.Server.SecretAsync("rotates", next);
        await Eventually.TrueAsync(async () => await TlsStack.HandshakeAsync(stack.ExternalTls, "rotates.example.com") == next.Thumbprint, XdsStack.Limit);

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(connection, "rotates.example.com"), StringComparison.Ordinal);
        Assert.Equal(listeners, await StatAsync("listener_manager.lds.update_success"));
    }

    [Fact]
    public async Task Secret_MissingThenBrokenThenGood_IsSaidAndCostsItsHostTheTlsAlone()
    {
        stack.Need();
        await stack.Server.IngressAsync("late", Simple("late", "late.example.com"));
        var missing = await stack.Server.ConditionAsync("late", "Ready", "False", "CertificateUnavailable");
        Assert.Equal("spec.tls[0].secretName: Secret default/late does not exist.", missing.Message);
        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("late.example.com"));
        Assert.Null(await TlsStack.HandshakeAsync(stack.ExternalTls, "late.example.com"));

        var certificate = TestCertificate.For("late.example.com");
        await stack.Server.SecretAsync("late", certificate.Chain, TestCertificate.For("other").PrivateKey);
        await Eventually.TrueAsync(async () => (await stack.Server.ConditionAsync("late", "Ready", "False")).Message!.Contains("unusable: data[tls.key] is not the key", StringComparison.Ordinal), XdsStack.Limit);
        await stack.Server.SecretAsync("late", certificate);
        await stack.Server.ConditionAsync("late", "Ready", "True");

        Assert.Equal(certificate.Thumbprint, await TlsStack.HandshakeAsync(stack.ExternalTls, "late.example.com"));
    }

    [Fact]
    public async Task Secret_TurnsBad_TheLastGoodCertificateStays()
    {
        stack.Need();
        var certificate = TestCertificate.For("spoilt.example.com");
        await stack.Server.SecretAsync("spoilt", certificate);
        await stack.Server.IngressAsync("spoilt", Simple("spoilt", "spoilt.example.com"));
        await stack.Server.ConditionAsync("spoilt", "Ready", "True");

        await stack.Server.SecretAsync("spoilt", "rubbish", certificate.PrivateKey);
        await stack.Server.ConditionAsync("spoilt", "Ready", "False", "CertificateUnavailable");

        Assert.Equal(certificate.Thumbprint, await TlsStack.HandshakeAsync(stack.ExternalTls, "spoilt.example.com"));
    }

    [Fact]
    public async Task HttpOption_RedirectedWithACertificate_SendsPlainRequestsToHttpsAndNoOthers()
    {
        stack.Need();
        await stack.Server.SecretAsync("redirected", TestCertificate.For("redirected.example.com"));
        var spec = Simple("redirected", "redirected.example.com", "uncertified.example.com");
        spec.Tls![0].Hosts = ["redirected.example.com"];
        spec.HttpOption = "Redirected";
        spec.Rules![0].Http!.Paths!.Insert(0, new KIngressPath { Path = "/.well-known/acme-challenge/token", Splits = spec.Rules[0].Http!.Paths![0].Splits });
        await stack.Server.IngressAsync("redirected", spec);
        await stack.Server.SecretAsync("enabled", TestCertificate.For("enabled.example.com"));
        await stack.Server.IngressAsync("enabled", Simple("enabled", "enabled.example.com"));
        await stack.Server.ConditionAsync("redirected", "Ready", "True");
        await stack.Server.ConditionAsync("enabled", "Ready", "True");

        using var plain = await stack.Gateway.Http.GetAsync(new Uri("http://redirected.example.com/some/path?q=1"), Cancel);

        Assert.Equal((HttpStatusCode.MovedPermanently, "https://redirected.example.com/some/path?q=1"), (plain.StatusCode, plain.Headers.Location!.ToString()));
        using var challenge = await stack.Gateway.Http.GetAsync(new Uri("http://redirected.example.com/.well-known/acme-challenge/token"), Cancel);
        Assert.Equal(HttpStatusCode.OK, challenge.StatusCode);
        Assert.Equal(200, (await stack.Gateway.GetAsync("uncertified.example.com")).Code);
        Assert.Equal(200, (await stack.Gateway.GetAsync("enabled.example.com")).Code);
        await using var connection = await TlsStack.ConnectAsync(stack.ExternalTls, "redirected.example.com");
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(connection, "redirected.example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigDump_AfterAHandshake_ShowsNoPrivateKey()
    {
        stack.Need();
        var certificate = TestCertificate.For("dumped.example.com");
        await stack.Server.SecretAsync("dumped", certificate);
        await stack.Server.IngressAsync("dumped", Simple("dumped", "dumped.example.com"));
        await stack.Server.ConditionAsync("dumped", "Ready", "True");
        Assert.NotNull(await TlsStack.HandshakeAsync(stack.ExternalTls, "dumped.example.com"));

        var dump = await SecretsOfEnvoyAsync();

        Assert.Contains("dumped.example.com", dump, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate.PrivateKey)), dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ingress_Deleted_ItsCertificateGoesFromEnvoyAndItsSecretIsWatchedNoMore()
    {
        stack.Need();
        await stack.Server.SecretAsync("leaving", TestCertificate.For("leaving.example.com"));
        await stack.Server.IngressAsync("leaving", Simple("leaving", "leaving.example.com"));
        await stack.Server.ConditionAsync("leaving", "Ready", "True");
        Assert.NotNull(await TlsStack.HandshakeAsync(stack.ExternalTls, "leaving.example.com"));

        await stack.Server.Client.DeleteAsync<KIngress>(new ObjectKey(XdsStack.Namespace, "leaving"), Cancel);

        await Eventually.TrueAsync(async () => !(await SecretsOfEnvoyAsync()).Contains("leaving.example.com", StringComparison.Ordinal), XdsStack.Limit);
        Assert.Null(await TlsStack.HandshakeAsync(stack.ExternalTls, "leaving.example.com"));
    }

    private static KIngressTls Tls(string secret, params string[] hosts) => new() { Hosts = [.. hosts], SecretName = secret, SecretNamespace = XdsStack.Namespace };

    private static KIngressSpec Simple(string secret, params string[] hosts) => new() { Tls = [Tls(secret, hosts)], Rules = [XdsStack.Rule("svc-a", "ExternalIP", hosts)] };

    /// <summary>One request on an open connection; the head of the answer.</summary>
    private static async Task<string> AskAsync(Stream connection, string host)
    {
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), Cancel);
        var buffer = new byte[8192];
        var read = await connection.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, Cancel);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    private async Task<string> SecretsOfEnvoyAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(await stack.Gateway.AdminAsync(), "config_dump?resource=dynamic_active_secrets"), Cancel)
            + await http.GetStringAsync(new Uri(await stack.Gateway.AdminAsync(), "config_dump?resource=dynamic_warming_secrets"), Cancel);
    }

    private async Task<long> StatAsync(string name)
    {
        using var http = new HttpClient();
        var stats = JsonDocument.Parse(await http.GetStringAsync(new Uri(await stack.Gateway.AdminAsync(), $"stats?format=json&filter=^{name}$"), Cancel));
        return stats.RootElement.GetProperty("stats")[0].GetProperty("value").GetInt64();
    }
}
