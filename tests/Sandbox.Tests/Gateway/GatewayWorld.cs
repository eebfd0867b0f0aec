using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;

namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>A gateway, the xDS server that it obeys, and clients. Each world has addresses of its own.</summary>
internal sealed class GatewayWorld : IBackendLookup, IAsyncDisposable
{
    private static int _worlds;

    private readonly string _address = string.Create(CultureInfo.InvariantCulture, $"127.{64 + (Environment.ProcessId % 64)}.{Environment.ProcessId / 64 % 250}.{Interlocked.Increment(ref _worlds)}");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
    private readonly Dictionary<ObjectKey, BackendService> _services = [];
    private readonly Dictionary<string, EndpointView> _endpoints = [];
    private GatewayUnderTest? _gateway;

    public FakeXds Xds { get; } = new();

    public Uri External => new($"http://{_address}:8080");

    public Uri Local => new($"http://{_address}:8081");

    public GatewaySettings Settings => new() { ExternalListen = $"{_address}:8080", LocalListen = $"{_address}:8081" };

    public BackendService? FindService(ObjectKey key) => _services.GetValueOrDefault(key);

    /// <summary>The one Secret that there is; the gateways under test listen without TLS and never ask for it.</summary>
    public static ObjectKey Certificate { get; } = new("default", "certificate");

    public CertificateReading FindCertificate(ObjectKey secret) => secret == Certificate ? new(new CertificatePair { Secret = secret, Chain = [1], PrivateKey = [1] }, null) : new(null, "does not exist");

    /// <summary>A Service of namespace <c>default</c> that a SKS owns: pods first, then activators.</summary>
    public void AddRevision(string name, IEnumerable<IPEndPoint> pods, IEnumerable<IPEndPoint> activators, string port = "http", int number = 80)
    {
        var key = new ObjectKey("default", name);
        var servicePort = new BackendServicePort(port, number, ServicePortRef.Of(8012), null);
        _services[key] = new BackendService { Key = key, Ports = [servicePort] };
        _endpoints[name] = new EndpointView
        {
            Backend = new BackendPort(_services[key], servicePort),
            ServerlessService = new ServerlessServiceState { Key = key, Mode = SksMode.Serve },
            PrivateEndpoints = new(key, [.. pods.Select(pod => Endpoint(pod, port))]),
            Activators = [.. activators.Select(activator => Endpoint(activator, port))],
        };
    }

    public void AddExternalName(string name, string host, int port) => _services[new("default", name)] =
        new BackendService { Key = new("default", name), ExternalName = host, Ports = [new BackendServicePort("http", port, ServicePortRef.Of(port), null)] };

    public async Task StartAsync(string kind, params Ingress[] ingresses)
    {
        await Xds.StartAsync();
        await PublishAsync(ingresses);
        _gateway = await GatewayUnderTest.StartAsync(kind, Xds.Address, $"world-{_address}");
    }

    public Task PublishAsync(params Ingress[] ingresses) => PublishAsync([], ingresses);

    /// <summary>Publishes ingresses, and messages that no translation gives.</summary>
    public Task PublishAsync(IEnumerable<IMessage> others, params Ingress[] ingresses) =>
        Xds.PublishAsync([.. ListenerTranslator.Translate(Settings), .. ingresses.SelectMany(MessagesOf), .. others]);

    public async Task<(HttpStatusCode Status, BackendAnswer? Answer)> GetAsync(string host, string path = "/", Uri? through = null, Action<HttpRequestMessage>? adjust = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, (through ?? External) + path[1..]);
        request.Headers.Host = host;
        adjust?.Invoke(request);
        using var response = await _client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, body.StartsWith('{') ? JsonSerializer.Deserialize<BackendAnswer>(body) : null);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => await _client.SendAsync(request);

    /// <summary>Waits until a host is served, which also means that all was loaded.</summary>
    public Task ServesAsync(string host, Uri? through = null) => BecomesAsync(host, HttpStatusCode.OK, through);

    public Task BecomesAsync(string host, HttpStatusCode status, Uri? through = null) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                return (await GetAsync(host, through: through)).Status == status;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(30),
        $"{host} answers {status}");

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await Xds.DisposeAsync();
        _client.Dispose();
    }

    private IEnumerable<IMessage> MessagesOf(Ingress ingress)
    {
        var translated = IngressTranslator.Translate(ingress, this);
        Assert.Empty(translated.Problems);
        return [.. translated.Value.Messages, .. translated.Value.Backends.Select(backend => EndpointTranslator.Translate(_endpoints[backend.Service.Key.Name]))];
    }

    private static ServiceEndpoint Endpoint(IPEndPoint address, string port) => new()
    {
        Address = address.Address.ToString(),
        Ports = ImmutableSortedDictionary<string, int>.Empty.Add(port, address.Port),
    };
}
