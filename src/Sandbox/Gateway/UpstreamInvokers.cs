using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Connections to endpoints, pooled by kind of transport.</summary>
internal sealed class UpstreamInvokers(TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<UpstreamTransport, HttpMessageInvoker> _invokers = new();

    public HttpMessageInvoker For(UpstreamTransport transport) => _invokers.GetOrAdd(transport, Create);

    public void Dispose()
    {
        foreach (var invoker in _invokers.Values)
        {
            invoker.Dispose();
        }
    }

    private HttpMessageInvoker Create(UpstreamTransport transport) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = transport.IdleTimeout,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, transport.ConnectTimeout, cancellationToken),
    });

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new UpstreamConnectException($"no connection to {context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}", error);
        }
    }
}
