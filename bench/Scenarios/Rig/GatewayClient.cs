using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A client of one gateway's listener; the host is said in the Host header.</summary>
internal sealed class GatewayClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private int _inFlight;
    private int _connected;

    public GatewayClient(string listen, int connections)
    {
        _address = new Uri($"http://{listen}/");
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            MaxConnectionsPerServer = connections,
            UseCookies = false,
            AllowAutoRedirect = false,
            // One that is closed is closed by the gateway.
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = ConnectAsync,
        };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(15) };
    }

    /// <summary>Connections made so far.</summary>
    public int Connected => Volatile.Read(ref _connected);

    /// <summary>Requests that are not answered yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The body of a 200; otherwise the reason why there is none, in brackets.</summary>
    public async Task<string> AskAsync(string host, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address);
        request.Headers.Host = host;
        Interlocked.Increment(ref _inFlight);
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
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            Interlocked.Increment(ref _connected);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
