using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Versions and ciphers of TLS towards clients.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class TlsSettingsTests(ConfiguredWorld shared)
{
    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)]
    [InlineData("ECDHE-RSA-AES256-GCM-SHA384,ECDHE-ECDSA-AES256-GCM-SHA384", TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)]
    public async Task CipherSuites_OnlyThoseAreSpoken(string setting, TlsCipherSuite spoken, TlsCipherSuite refused)
    {
        await using var ns = await shared.NamespaceAsync();
        await TlsIngressAsync(ns);
        using var _ = await shared.ConfigureAsync(("cipher-suites", setting));

        await Eventually.TrueAsync(async () => await SpokenAsync(ns, SslProtocols.Tls12) == (SslProtocols.Tls12, spoken), XdsStack.Limit);
        Assert.Null(await SpokenAsync(ns, SslProtocols.Tls12, refused));
    }

    [Fact]
    public async Task NoSetting_Version12And13AreSpoken_AndNoOlderOne()
    {
        await using var ns = await shared.NamespaceAsync();
        await TlsIngressAsync(ns);
        using var _ = await shared.ConfigureAsync();

        await Eventually.TrueAsync(async () => (await SpokenAsync(ns, SslProtocols.Tls13))?.Version == SslProtocols.Tls13, XdsStack.Limit);
        Assert.Equal(SslProtocols.Tls12, (await SpokenAsync(ns, SslProtocols.Tls12))?.Version);
#pragma warning disable SYSLIB0039, CA5397 // That it is refused is what the test shows.
        Assert.Null(await SpokenAsync(ns, SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
    }

    [Fact]
    public async Task MinimumVersion13_Version12IsRefused()
    {
        await using var world = await KingressWorld.StartAsync(options => options.MinTlsVersion = TlsVersion.Tls13);
        await using var ns = await world.NamespaceAsync();
        await TlsIngressAsync(ns);

        await Eventually.TrueAsync(async () => (await SpokenAsync(ns, SslProtocols.Tls13))?.Version == SslProtocols.Tls13, XdsStack.Limit);
        Assert.Null(await SpokenAsync(ns, SslProtocols.Tls12));
    }

    private static async Task TlsIngressAsync(TestNamespace ns)
    {
        await ns.BackendAsync("runtime");
        await ns.SecretAsync("a", TestCertificate.For(ns.Host("a")));
        await ns.IngressAsync("i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime")))], Tls = [ns.Tls("a", ns.Host("a"))] });
        await ns.ReadyAsync("i");
    }

    /// <summary>What a client that offers one version agrees on with the gateway; null when they do not agree.</summary>
    [SuppressMessage("Security", "CA5359", Justification = "Whose certificate it is, is not what the test asks.")]
    [SuppressMessage("Interoperability", "CA1416", Justification = "The real Envoy runs on Linux alone.")]
    private static async Task<(SslProtocols Version, TlsCipherSuite Cipher)?> SpokenAsync(TestNamespace ns, SslProtocols version, params TlsCipherSuite[] ciphers)
    {
        using var socket = await FixedEndPoint.ConnectAsync(ns.ExternalTls.EndPoint, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(new NetworkStream(socket));
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = ns.Host("a"),
                    EnabledSslProtocols = version,
                    CipherSuitesPolicy = ciphers.Length > 0 ? new CipherSuitesPolicy(ciphers) : null,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                TestContext.Current.CancellationToken);
            return (tls.SslProtocol, tls.NegotiatedCipherSuite);
        }
        catch (Exception refusal) when (refusal is AuthenticationException or IOException)
        {
            return null;
        }
    }
}
