using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

/// <summary>The real kube-apiserver with its controllers, which collect garbage and empty namespaces.</summary>
public partial class RealUnderTest : IApiUnderTest, IAsyncLifetime
{
    private readonly RealApiServer _cluster;
    private HttpClient? _http;

    public RealUnderTest() : this(new RealCluster())
    {
    }

    protected RealUnderTest(RealApiServer cluster) => _cluster = cluster;

    public HttpClient Http => _http ??= Connect();

    public string Kubeconfig => _cluster.Kubeconfig;

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        if (RealComponents.ApiServer is null || RealComponents.Etcd is null || RealComponents.Kubectl is null || RealComponents.ControllerManager is null)
        {
            return;
        }

        await CrdInstaller.EnsureAsync(_cluster.Client, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await Http.GetAsync("/apis/networking.internal.knative.dev/v1alpha1/ingresses")).IsSuccessStatusCode, TimeSpan.FromSeconds(30));
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _http?.Dispose();
        return _cluster.DisposeAsync();
    }

    private HttpClient Connect()
    {
        var kubeconfig = File.ReadAllText(Kubeconfig);
        var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null } };
        var http = new HttpClient(handler) { BaseAddress = new Uri(Server().Match(kubeconfig).Groups[1].Value), Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token().Match(kubeconfig).Groups[1].Value);
        return http;
    }

    [GeneratedRegex("""server:\s*"?(https://[^"\s,}]+)""")]
    private static partial Regex Server();

    [GeneratedRegex("""token:\s*"?([^"\s,}]+)""")]
    private static partial Regex Token();
}
