using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Clients of one listener of a gateway: every host in a URL leads there.</summary>
internal sealed class GatewayClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;

    /// <param name="address">Where the listener is.</param>
    /// <param name="reuse">Whether requests follow each other on a connection; where listeners are replaced, the old ones' connections are cut.</param>
    public GatewayClient(string address, bool reuse = true)
    {
        EndPoint = IPEndPoint.Parse(address);
        var handler = FixedEndPoint.Handler(EndPoint);
        handler.PooledConnectionLifetime = reuse ? handler.PooledConnectionLifetime : TimeSpan.Zero;
        _http = new HttpClient(handler) { Timeout = Limit };
    }

    /// <summary>Where the listener is.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>A GET over HTTP/1.1; header names and values as pairs.</summary>
    public Task<Answer> GetAsync(string host, string target = "/", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"http://{host}{target}");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return SendAsync(request);
    }

    /// <summary>Sends a request over cleartext, in the version that it asks for, and disposes of it.</summary>
    public Task<Answer> SendAsync(HttpRequestMessage request) => SendAsync(_http, request);

    /// <summary>Sends a request with a client and disposes of it.</summary>
    public static async Task<Answer> SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await client.SendAsync(request);
            var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
            return new Answer((int)response.StatusCode, headers, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>The same GET many times, eight at a time: how often each answer came.</summary>
    public async Task<Dictionary<string, int>> CountAsync(string host, int requests, Func<Seen, string> what, string target = "/", params (string Name, string Value)[] headers)
    {
        var found = new string[requests];
        await Parallel.ForAsync(0, requests, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => found[i] = what((await GetAsync(host, target, headers)).Seen));
        return found.CountBy(each => each).ToDictionary();
    }

    /// <summary>gRPC over cleartext HTTP/2; the authority is exactly <paramref name="authority"/>.</summary>
    public GrpcChannel Grpc(string authority) => GrpcChannel.ForAddress("http://gateway.invalid", new GrpcChannelOptions
    {
        HttpHandler = new AuthorityHandler(authority, FixedEndPoint.Handler(EndPoint)),
        DisposeHttpClient = true,
    });

    /// <summary>A websocket.</summary>
    public async Task<ClientWebSocket> WebSocketAsync(string host, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(FixedEndPoint.Handler(EndPoint), disposeHandler: false);
        await socket.ConnectAsync(new Uri($"ws://{host}/"), invoker, cancellationToken);
        return socket;
    }

    /// <summary>A GET over TLS on a connection of its own, by a client that trusts one certificate alone and checks the name.</summary>
    public async Task<Answer> GetTlsAsync(TestCertificate trusted, string host, string target = "/", Version? version = null, params (string Name, string Value)[] headers)
    {
        using var certificate = X509Certificate2.CreateFromPem(trusted.Chain);
        var handler = FixedEndPoint.Handler(EndPoint);
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { certificate },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        using var client = new HttpClient(handler) { Timeout = Limit };
        var request = new HttpRequestMessage(HttpMethod.Get, $"https://{host}{target}") { Version = version ?? HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await SendAsync(client, request);
    }

    public void Dispose() => _http.Dispose();

    private sealed class AuthorityHandler(string authority, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = authority;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
