using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

/// <summary>Pushes stats from an address of its own.</summary>
internal sealed class StatClientSocket : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    private StatClientSocket(HttpMessageInvoker invoker) => _invoker = invoker;

    public ClientWebSocket Socket { get; } = new();

    public static async Task<StatClientSocket> ConnectAsync(Uri address, string from)
    {
        var client = new StatClientSocket(new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, token) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(context.DnsEndPoint, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }));
        await client.Socket.ConnectAsync(address, client._invoker, TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>Pushes so many stats of one revision in one frame.</summary>
    public Task PushAsync(string revision, int count = 1) => Socket.SendAsync(Frame(revision, count), WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Socket.Dispose();
        _invoker.Dispose();
    }

    private static byte[] Frame(string revision, int count)
    {
        var stat = new Stat { PodName = "activator", AverageConcurrentRequests = 1, RequestCount = 1 };
        return StatCodec.EncodeBatch([.. Enumerable.Repeat(new StatMessage(new ObjectKey("default", revision), stat), count)]);
    }
}
