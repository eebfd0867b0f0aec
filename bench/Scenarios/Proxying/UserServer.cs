using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A user container that costs as little as it can: over HTTP/1.1 one write for every read.</summary>
internal static class UserServer
{
    private static readonly byte[] Answer = [.. "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world\n"u8];

    /// <summary>Starts it, for as long as the program runs.</summary>
    /// <returns>Its port.</returns>
    public static async Task<int> StartAsync(ProxyProtocol protocol, CancellationToken cancellationToken)
    {
        var port = Rig.FreePorts.Take(1)[0];
        if (protocol == ProxyProtocol.H2c)
        {
            await StartHttp2Async(port, cancellationToken);
            return port;
        }

        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start(backlog: 1024);
        _ = AcceptAsync(listener);
        return port;
    }

    private static async Task StartHttp2Async(int port, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("hello world\n"));
        await app.StartAsync(cancellationToken);
    }

    private static async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            _ = ServeAsync(await listener.AcceptSocketAsync());
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var buffer = new byte[4096];
            try
            {
                // Proxies send a request without a body in one segment, and the next only after its answer.
                while (await socket.ReceiveAsync(buffer) > 0)
                {
                    await socket.SendAsync(Answer);
                }
            }
            catch (SocketException)
            {
                // The proxy was ended.
            }
        }
    }
}
