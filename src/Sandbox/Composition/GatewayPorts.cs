using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The two addresses that the gateway listens on.</summary>
internal static class GatewayPorts
{
    private const int Attempts = 50;
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(20);

    /// <summary>Takes the given port for external and the next for cluster-local traffic, or any free pair for 0.</summary>
    /// <remarks>Errors: <see cref="SandboxException"/> that names the port and why it cannot be had.</remarks>
    public static GatewayPair Choose(int port)
    {
        if (port != 0)
        {
            return new GatewayPair(Take(port), Take(port + 1));
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (Free(0) is { Port: < 65535 } external && Free(external.Port + 1) is { } local)
            {
                return new GatewayPair(external, local);
            }
        }

        throw new SandboxException("no two free ports in a row were found on 127.0.0.1: name one with --port");
    }

    /// <summary>Waits until a connection is accepted.</summary>
    /// <remarks>Errors: <see cref="SandboxException"/> when the gateway ends, and after 20 s; <paramref name="log"/> is where to look then.</remarks>
    public static async Task WaitUntilOpenAsync(IPEndPoint address, ISandboxGateway gateway, string log, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), time);
        while (!await IsOpenAsync(address, cancellationToken))
        {
            if (gateway.Problem is { } problem)
            {
                throw new SandboxException($"{problem} (see envoy.log and kxds.log in {Path.GetDirectoryName(log)})");
            }

            if (time.GetElapsedTime(started) > OpenLimit)
            {
                throw new SandboxException($"the gateway does not answer on {address} after {OpenLimit.TotalSeconds:F0} s: see {log}");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static IPEndPoint Take(int port)
    {
        try
        {
            return Bind(port);
        }
        catch (SocketException error)
        {
            throw new SandboxException($"port {port} on 127.0.0.1 {Reason(error)}: choose another with --port (it and the next one must be free)", error);
        }
    }

    private static string Reason(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "is in use",
        SocketError.AccessDenied => "is for privileged users only",
        _ => $"cannot be listened on ({error.Message})",
    };

    private static IPEndPoint? Free(int port)
    {
        try
        {
            return Bind(port);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static IPEndPoint Bind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen(1);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static async Task<bool> IsOpenAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
