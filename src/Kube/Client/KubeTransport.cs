using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Authentication;

namespace Knative.Xds.Kube.Client;

/// <summary>HTTP towards one API: connection, credentials, time limit, refusals as <see cref="KubeException"/>.</summary>
internal sealed class KubeTransport : IDisposable
{
    private readonly HttpClient _http;
    private readonly ServiceClientCredentials? _credentials;
    private readonly TimeSpan _timeout;

    internal KubeTransport(HttpMessageHandler handler, Uri baseAddress, ServiceClientCredentials? credentials, KubeClientOptions options)
    {
        // A watch lasts for minutes: the time limit is ours, per request, not HttpClient's.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, BaseAddress = baseAddress };
        _http.DefaultRequestHeaders.UserAgent.TryParseAdd(options.UserAgent);
        _credentials = credentials;
        _timeout = options.RequestTimeout;
    }

    public Uri BaseAddress => _http.BaseAddress!;

    public static KubeTransport Connect(KubernetesClientConfiguration configuration, KubeClientOptions options)
    {
        var host = configuration.Host.EndsWith('/') ? configuration.Host : configuration.Host + "/";
        var transport = new KubeTransport(Handler(configuration), new Uri(host), k8s.Kubernetes.CreateCredentials(configuration), options);
        // SocketsHttpHandler asks for, and checks, the certificate of whom the Host header names; TargetHost in its options has no effect.
        transport._http.DefaultRequestHeaders.Host = configuration.TlsServerName;
        return transport;
    }

    /// <summary>Sends a request and returns once the headers are there; the caller reads the body.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.Accept.ParseAdd("application/json");
        if (_credentials is not null)
        {
            await _credentials.ProcessHttpRequestAsync(request, cancellationToken);
        }

        var response = await WithinTimeAsync(path, token => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var text = await WithinTimeAsync(path, response.Content.ReadAsStringAsync, cancellationToken);
            throw KubeJson.Refusal(method, path, (int)response.StatusCode, text);
        }
    }

    /// <summary>Runs a part of a request under the time limit, so that a silent API shows as <see cref="TimeoutException"/> and never as a cancellation.</summary>
    public async Task<TResult> WithinTimeAsync<TResult>(string path, Func<CancellationToken, Task<TResult>> part, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            return await part(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{BaseAddress}{path}: no answer within {_timeout}");
        }
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler Handler(KubernetesClientConfiguration configuration)
    {
        var handler = new SocketsHttpHandler
        {
            // A dead connection must end its watches: nothing else would.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            EnableMultipleHttp2Connections = true,
            // Packing lists costs the API more time, and unpacking them us, than a cluster's network takes for them.
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = !new Uri(configuration.Host).IsLoopback,
        };
        Trust(handler, configuration);
        if (KubeConfiguration.ClientCertificate(configuration) is { } certificate)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        return handler;
    }

    [SuppressMessage("Security", "CA5359", Justification = "Only when the user's kubeconfig says insecure-skip-tls-verify.")]
    private static void Trust(SocketsHttpHandler handler, KubernetesClientConfiguration configuration)
    {
        if (configuration.SkipTlsVerify)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }
        else if (configuration.SslCaCerts is { Count: > 0 } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
    }
}
