using System.Net;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A client of one gateway's listener; the host is said in the Host header.</summary>
internal sealed class GatewayClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;

    public GatewayClient(string listen, int connections)
    {
        _address = new Uri($"http://{listen}/");
        var handler = new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = connections, UseCookies = false, AllowAutoRedirect = false };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(15) };
    }

    /// <summary>The body of a 200; otherwise the reason why there is none, in brackets.</summary>
    public async Task<string> AskAsync(string host, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address);
        request.Headers.Host = host;
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.StatusCode == HttpStatusCode.OK ? body : $"[{(int)response.StatusCode} {body}]";
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return $"[{error.GetBaseException().Message}]";
        }
    }

    public void Dispose() => _http.Dispose();
}
