using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>The real Envoy with the product's bootstrap for mutual TLS.</summary>
public sealed class EnvoyTlsTests
{
    private const string Fleet = "default.kxds.kxds-gateway";

    [Fact]
    public async Task Gateway_OverMutualTls_ServesAndSurvivesNewCertificatesOfANewAuthority()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        using var authority = TestAuthority.Create("old");
        using var next = TestAuthority.Create("new");
        using var server = new TlsFolder();
        using var client = new TlsFolder();
        server.Write(authority, authority.RootPem, TlsFolder.ServerName);
        client.Write(authority, authority.RootPem, Fleet);
        var listeners = FixedEndPoint.Free(2);
        await using var backend = await Backend.StartAsync("a");
        await using var stack = await XdsStack.StartAsync(options =>
        {
            server.Configure(options);
            (options.ExternalListen, options.LocalListen) = (listeners[0], listeners[1]);
        });
        await stack.ServiceAsync("svc", backend.Port);
        await using var gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listeners[0], CertificateDirectory = client.Path });
        await stack.IngressAsync("one", "one.example.com", ("svc", 100));
        await stack.ConditionAsync("one", "Ready", "True");
        Assert.Equal((200, "a"), await gateway.GetAsync("one.example.com"));

        // First everyone trusts both authorities, then everyone shows the new one's certificates, then the old one is gone.
        var both = authority.RootPem + "\n" + next.RootPem;
        server.Write(authority, both, TlsFolder.ServerName);
        await ShowsAsync(gateway, client.Write(authority, both, Fleet));
        server.Write(next, both, TlsFolder.ServerName);
        await ShowsAsync(gateway, client.Write(next, next.RootPem, Fleet));
        server.Write(next, next.RootPem, TlsFolder.ServerName);
        await stack.RestartAsync();

        await stack.IngressAsync("two", "two.example.com", ("svc", 100));
        await stack.ConditionAsync("two", "Ready", "True");
        Assert.Equal((200, "a"), await gateway.GetAsync("two.example.com"));
    }

    [Fact]
    public async Task Gateway_WithACertificateOfAnotherFleet_IsDeniedAndSaysWhy()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        using var authority = TestAuthority.Create();
        using var server = new TlsFolder();
        using var client = new TlsFolder();
        server.Write(authority, authority.RootPem, TlsFolder.ServerName);
        client.Write(authority, authority.RootPem, "internal.kxds.kxds-gateway");
        var listeners = FixedEndPoint.Free(2);
        await using var stack = await XdsStack.StartAsync(options =>
        {
            server.Configure(options);
            (options.ExternalListen, options.LocalListen) = (listeners[0], listeners[1]);
        });
        await using var gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listeners[0], CertificateDirectory = client.Path });

        await Eventually.TrueAsync(async () => await stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"identity\"}") > 0, XdsStack.Limit);

        await Eventually.TrueAsync(() => gateway.Log.Contains("is not for node \"test\" of cluster \"kxds\" and fleet \"default\"", StringComparison.Ordinal), XdsStack.Limit);
    }

    /// <summary>Waits until Envoy shows a certificate to whom it connects next.</summary>
    private static async Task ShowsAsync(RealEnvoy gateway, string serialNumber)
    {
        using var http = new HttpClient { BaseAddress = await gateway.AdminAsync() };
        var text = "";
        try
        {
            await Eventually.TrueAsync(async () => (text = await http.GetStringAsync("certs")).Contains(serialNumber, StringComparison.Ordinal), XdsStack.Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"Envoy does not show {serialNumber}: {text}\n{gateway.Log}", late);
        }
    }
}
