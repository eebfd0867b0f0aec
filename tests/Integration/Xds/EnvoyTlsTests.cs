using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Knative.Xds.Kube.Api;
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
    public async Task ServerRestarts_TheStreamComesBackOverMutualTls_AndIsSentNothingAgain_CertificatesNeither()
    {
        const int Hosts = 20;
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        using var authority = TestAuthority.Create();
        using var server = new TlsFolder();
        using var client = new TlsFolder();
        server.Write(authority, authority.RootPem, TlsFolder.ServerName);
        client.Write(authority, authority.RootPem, Fleet);
        var listeners = FixedEndPoint.Free(3);
        var https = IPEndPoint.Parse(listeners[2]);
        await using var backend = await Backend.StartAsync("a");
        await using var stack = await XdsStack.StartAsync(options =>
        {
            server.Configure(options);
            (options.ExternalListen, options.LocalListen, options.ExternalTlsListen) = (listeners[0], listeners[1], listeners[2]);
        });
        await stack.ServiceAsync("svc", backend.Port);
        await using var gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listeners[0], CertificateDirectory = client.Path });
        var certificates = Enumerable.Range(0, Hosts).ToDictionary(i => $"h{i}.example.com", i => TestCertificate.For($"h{i}.example.com"));
        foreach (var (host, certificate) in certificates)
        {
            var name = host.Split('.')[0];
            await stack.SecretAsync(name, certificate);
            await stack.IngressAsync(name, new KIngressSpec { Tls = [new KIngressTls { Hosts = [host], SecretName = name, SecretNamespace = XdsStack.Namespace }], Rules = [XdsStack.Rule("svc", "ExternalIP", host)] });
        }

        foreach (var (host, certificate) in certificates)
        {
            await stack.ConditionAsync(host.Split('.')[0], "Ready", "True");
            Assert.Equal(certificate.Thumbprint, await TlsStack.HandshakeAsync(https, host));
        }

        var before = await HeldAsync(stack);
        Assert.Equal(Hosts, before["sds"]);
        Assert.InRange(await SentAsync(stack), 20_000, double.MaxValue);

        await stack.RestartAsync();
        await Eventually.TrueAsync(async () => (await HeldAsync(stack)).OrderBy(type => type.Key).SequenceEqual(before.OrderBy(type => type.Key)), XdsStack.Limit);

        // An empty answer to each type that it asks for as a whole, and whose answer it waits for.
        Assert.InRange(await SentAsync(stack), 1, 300);
        foreach (var (host, certificate) in certificates)
        {
            Assert.Equal(certificate.Thumbprint, await TlsStack.HandshakeAsync(https, host));
        }

        await stack.IngressAsync("later", "later.example.com", ("svc", 100));
        await stack.ConditionAsync("later", "Ready", "True");
        Assert.Equal((200, "a"), await gateway.GetAsync("later.example.com"));
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

    /// <summary>How many resources the one gateway has taken, by type; none while something is still to come.</summary>
    private static async Task<Dictionary<string, int>> HeldAsync(XdsStack stack)
    {
        var gateways = JsonNode.Parse(await stack.AdminAsync("/debug/gateways"))!["gateways"]!.AsArray();
        return gateways is [{ } gateway] && gateway["synced"]!.GetValue<bool>() ? gateway["types"]!.AsArray().ToDictionary(type => (string)type!["type"]!, type => (int)type!["synced"]!) : [];
    }

    /// <summary>Bytes that the server has sent.</summary>
    private static async Task<double> SentAsync(XdsStack stack) => (await stack.MetricsAsync()).Split('\n')
        .Where(line => line.StartsWith("kxds_xds_sent_bytes_total{", StringComparison.Ordinal)).Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

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
