using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Tls;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class TlsTests : IDisposable
{
    private const int BackendPort = 8112;
    private readonly TestAuthority _authority = TestAuthority.Create();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Port_WithACertificate_ServesBothProtocolsAndARenewedCertificate(bool http2)
    {
        await using var pod = await FakePod.StartAsync(protocols: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var activator = await TestActivator.StartAsync(options => options.ListenTls = "127.0.0.1:0");
        activator.AddRevision(protocol: http2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());
        var shown = new ConcurrentQueue<string>();
        for (var i = 0; i < 2; i++)
        {
            var (chain, key) = _authority.Issue(["activator.knative-serving.svc"]);
            Certificates(activator).SetOwn(Encoding.ASCII.GetBytes(chain), Encoding.ASCII.GetBytes(key));
            using var client = Client(shown);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{activator.App.BoundEndPoints()[3]}/") { Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.Add(HeaderNames.RevisionNamespace, TestActivator.Revision.Namespace);
            request.Headers.Add(HeaderNames.RevisionName, TestActivator.Revision.Name);

            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.Equal("hello", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(2, shown.Distinct().Count());
    }

    [Fact]
    public async Task Port_ClientThatSaysNothingAfterTheHandshake_IsClosedAfterTheTimeOfHeaders()
    {
        await using var activator = await TestActivator.StartAsync(options => (options.ListenTls, options.HeadersTimeout) = ("127.0.0.1:0", TimeSpan.FromSeconds(1)));
        var (chain, key) = _authority.Issue(["activator.knative-serving.svc"]);
        Certificates(activator).SetOwn(Encoding.ASCII.GetBytes(chain), Encoding.ASCII.GetBytes(key));
        using var client = new TcpClient();
        await client.ConnectAsync(activator.App.BoundEndPoints()[3], TestContext.Current.CancellationToken);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("activator.knative-serving.svc");

        Assert.Equal(0, await tls.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().Within(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Port_WithoutACertificate_ClosesTheConnectionAndThePlainPortServes()
    {
        await using var activator = await TestActivator.StartAsync(options => options.ListenTls = "127.0.0.1:0");
        using var client = Client(new ConcurrentQueue<string>());

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri($"https://{activator.App.BoundEndPoints()[3]}/"), TestContext.Current.CancellationToken));

        using var plain = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, plain.StatusCode);
    }

    [Theory]
    [InlineData("127.0.55.1", false)]
    [InlineData("127.0.55.2", true)]
    public async Task Backend_SystemInternalTls_IsProbedInClearAndGetsRequestsOverTls(string address, bool http2)
    {
        var protocols = http2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        await using var plain = await FakePod.StartAsync(address: address, protocols: protocols);
        await using var pod = await TlsPodAsync(address, "kn-user-default", protocols);
        await using var activator = await StartAsync(_authority.RootPem, plain, http2 ? AppProtocol.H2C : AppProtocol.Http1);
        using var client = TestActivator.NewClient(activator.Http1, http2 ? HttpVersion.Version20 : HttpVersion.Version11);

        Assert.Equal("hello", await client.GetStringAsync("/", TestContext.Current.CancellationToken));

        Assert.Equal((1, 0), (pod.Served, plain.Served));
    }

    [Theory]
    [InlineData("127.0.55.3", "kn-user-other", true)]
    [InlineData("127.0.55.4", "kn-user-default", false)]
    public async Task Backend_OfAnotherNamespaceOrAuthority_IsRefused(string address, string name, bool trusted)
    {
        using var stranger = TestAuthority.Create("stranger");
        await using var plain = await FakePod.StartAsync(address: address);
        await using var pod = await TlsPodAsync(address, name, HttpProtocols.Http1);
        await using var activator = await StartAsync((trusted ? _authority : stranger).RootPem, plain, AppProtocol.Http1);

        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.BadGateway, 0), (response.StatusCode, pod.Served));
    }

    [Fact]
    public async Task Certificates_InTheCluster_AreFollowed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var plain = await FakePod.StartAsync(address: "127.0.55.5");
        await using var pod = await TlsPodAsync("127.0.55.5", "kn-user-default", HttpProtocols.Http1);
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 0);
        await cluster.Client.CreateAsync(Map("config-network", [], ("system-internal-tls", "enabled")), TestContext.Current.CancellationToken);
        await using var activator = await TestActivator.StartAsync(options => (options.Kubeconfig, options.ListenTls) = (cluster.Kubeconfig, "127.0.0.1:0"));
        await cluster.Client.CreateAsync(Map("bundle", new() { ["networking.knative.dev/trust-bundle"] = "any" }, ("ca.pem", _authority.RootPem)), TestContext.Current.CancellationToken);
        var (chain, key) = _authority.Issue(["activator.knative-serving.svc"]);
        await cluster.Client.CreateAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = "routing-serving-certs" },
                Data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.ASCII.GetBytes(chain), ["tls.key"] = Encoding.ASCII.GetBytes(key) },
            },
            TestContext.Current.CancellationToken);
        await cluster.CreateSliceAsync(new ObjectKey("default", "hello-00001-private"), TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate), plain.Port, ready: true, plain.Host);

        await Eventually.TrueAsync(
            async () =>
            {
                using var client = Client(new ConcurrentQueue<string>());
                client.DefaultRequestHeaders.Add(HeaderNames.RevisionNamespace, TestActivator.Revision.Namespace);
                client.DefaultRequestHeaders.Add(HeaderNames.RevisionName, TestActivator.Revision.Name);
                try
                {
                    return await client.GetStringAsync(new Uri($"https://{activator.App.BoundEndPoints()[3]}/"), TestContext.Current.CancellationToken) == "hello";
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(30));

        Assert.Equal(0, plain.Served);
    }

    private static V1ConfigMap Map(string name, Dictionary<string, string> labels, (string Key, string Value) entry) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = name, Labels = labels },
        Data = new Dictionary<string, string> { [entry.Key] = entry.Value },
    };

    private static CertificateStore Certificates(TestActivator activator) => activator.App.Services.GetRequiredService<CertificateStore>();

    private static async Task<TestActivator> StartAsync(string authorities, FakePod plain, AppProtocol protocol)
    {
        var activator = await TestActivator.StartAsync();
        Certificates(activator).SetAuthorities("test", authorities);
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new NetworkConfig { SystemInternalTls = true });
        activator.AddRevision(protocol: protocol);
        activator.SetPods(plain.Endpoint());
        return activator;
    }

    private Task<FakePod> TlsPodAsync(string address, string name, HttpProtocols protocols)
    {
        var (chain, key) = _authority.Issue([name]);
        using var leaf = X509Certificate2.CreateFromPem(chain, key);
        var certificate = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        return FakePod.StartAsync(protocols: protocols, port: BackendPort, address: address, configure: listen => listen.UseHttps(certificate));
    }

    private static HttpClient Client(ConcurrentQueue<string> shown) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            TargetHost = "activator.knative-serving.svc",
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                shown.Enqueue(certificate?.GetCertHashString() ?? "");
                return certificate is not null;
            },
        },
    });
}
