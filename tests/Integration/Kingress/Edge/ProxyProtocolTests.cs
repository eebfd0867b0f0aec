using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>The PROXY protocol, which external listeners alone expect.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class ProxyProtocolTests(ConfiguredWorld shared)
{
    private const string Header = "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExternalListener_TakesTheClientsAddressFromTheHeader()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        using var _ = await shared.ConfigureAsync(("enable-proxy-protocol", "true"));

        await Eventually.TrueAsync(async () => (await AskAsync(ns, Header)).Contains("203.0.113.7", StringComparison.Ordinal), XdsStack.Limit);
        Assert.Equal("", await AskAsync(ns, ""));
    }

    [Fact]
    [Defect(12)]
    public async Task Defect12_TogetherWithClusterLocalTls_TheExternalTlsListenerStillTakesTheHeader()
    {
        await using var ns = await shared.NamespaceAsync();
        var hosts = await BothWithCertificatesAsync(ns);
        await ns.SystemSecretAsync("for-all", TestCertificate.For("*.svc.cluster.local"));
        using var _ = await shared.ConfigureAsync(("enable-proxy-protocol", "true"), ("cluster-cert-secret", "for-all"));

        await Eventually.TrueAsync(async () => (await AskTlsAsync(shared.World.ExternalTls.EndPoint, ns.Host("a"), Header)).Contains("203.0.113.7", StringComparison.Ordinal), XdsStack.Limit);

        Assert.Equal("", await AskTlsAsync(shared.World.ExternalTls.EndPoint, ns.Host("a"), ""));
        Assert.Contains("\"Backend\":\"runtime\"", await AskTlsAsync(shared.World.LocalTls.EndPoint, hosts[0], ""), StringComparison.Ordinal);
    }

    [Fact]
    [Defect(13)]
    public async Task Defect13_LocalListenersAndThoseForProbes_NeverExpectIt()
    {
        await using var ns = await shared.NamespaceAsync();
        var hosts = await BothWithCertificatesAsync(ns);
        using var _ = await shared.ConfigureAsync(("enable-proxy-protocol", "true"));
        await Eventually.TrueAsync(async () => await AskAsync(ns, "") == "", XdsStack.Limit);

        Assert.Equal(200, (await ns.Local.GetAsync(hosts[0])).Code);
        Assert.Contains("200 OK", await AskTlsAsync(shared.World.LocalTls.EndPoint, hosts[0], ""), StringComparison.Ordinal);
        using var probe = new GatewayClient($"{shared.Probe}");
        Assert.Equal(200, (await probe.GetAsync(ns.Host("a"))).Code);
        Assert.Contains("200 OK", await AskTlsAsync(shared.TlsProbe, ns.Host("a"), ""), StringComparison.Ordinal);
    }

    private static async Task<string[]> BothWithCertificatesAsync(TestNamespace ns)
    {
        var hosts = ns.LocalHosts("inside");
        await ns.BackendAsync("runtime");
        await ns.SecretAsync("outside", TestCertificate.For(ns.Host("a")));
        await ns.SecretAsync("inside", TestCertificate.For(hosts));
        await ns.IngressAsync("i", new KIngressSpec
        {
            Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))), Spec.Local(hosts, Spec.All(Spec.To("runtime")))],
            Tls = [ns.Tls("outside", ns.Host("a")), ns.Tls("inside", hosts)],
        });
        await ns.ReadyAsync("i");
        return hosts;
    }

    private Task<string> AskAsync(TestNamespace ns, string header) => TalkAsync(shared.World.External.EndPoint, header, ns.Host("a"), stream => Task.FromResult(stream));

    [SuppressMessage("Security", "CA5359", Justification = "Who answers is not what the test asks.")]
    private static Task<string> AskTlsAsync(IPEndPoint listener, string host, string header) => TalkAsync(listener, header, host, async stream =>
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = (_, _, _, _) => true }, Cancel);
        return tls;
    });

    /// <summary>Sends a header and a request on a connection of its own; the whole answer, or nothing when the gateway ends the connection without one.</summary>
    private static async Task<string> TalkAsync(IPEndPoint listener, string header, string host, Func<Stream, Task<Stream>> wrap)
    {
        using var socket = await FixedEndPoint.ConnectAsync(listener, Cancel);
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(header), Cancel);
            await using var stream = await wrap(new NetworkStream(socket));
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), Cancel);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync(Cancel);
        }
        catch (Exception refusal) when (refusal is IOException or System.Security.Authentication.AuthenticationException or SocketException)
        {
            return "";
        }
    }
}
