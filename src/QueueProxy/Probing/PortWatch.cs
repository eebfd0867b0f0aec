using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>Waits until somebody listens on a port of this machine.</summary>
/// <remarks>
/// Shape: a thread of its own that asks every millisecond. The runtime's timers go by the kernel's coarse clock, which moves every 4 ms on most machines,
/// and asking by tasks wakes several threads each time: CPU time that the user container needs just then, for its own start.
/// Threading: any number of waits at a time.
/// </remarks>
internal static class PortWatch
{
    private const int AttemptLimitMilliseconds = 100;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether a connection was accepted within <paramref name="limit"/>, the first one after a step; it is closed again.</summary>
    public static Task<bool> OpensAsync(IPEndPoint endPoint, TimeSpan limit, TimeProvider timeProvider) => Task.Factory.StartNew(
        () => Opens(endPoint, limit, timeProvider), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>An address as the kernel takes it.</summary>
    internal static byte[] Bytes(IPEndPoint endPoint)
    {
        var address = endPoint.Serialize();
        return address.Buffer[..address.Size].ToArray();
    }

    private static bool Opens(IPEndPoint endPoint, TimeSpan limit, TimeProvider timeProvider)
    {
        using var step = new ManualResetEvent(false);
        var address = Bytes(endPoint);
        var start = timeProvider.GetTimestamp();
        do
        {
            step.WaitOne(Step);
            if (Accepts(endPoint.AddressFamily, address))
                return true;
        }
        while (timeProvider.GetElapsedTime(start) < limit);
        return false;
    }

    // Straight to the kernel: the socket's own connect throws at every refusal, which takes several times as long as the refusal.
    private static bool Accepts(AddressFamily family, byte[] address)
    {
        // The limit is for a listener that has no room for it.
        using var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { SendTimeout = AttemptLimitMilliseconds };
        return Connect(socket.SafeHandle, address, address.Length) == 0 && !IsItself(socket, address);
    }

    // The kernel chooses the near port: where it chooses the far one, and nobody listens there, the socket meets itself.
    internal static bool IsItself(Socket socket, byte[] address)
    {
        var near = new byte[address.Length];
        var length = near.Length;
        return GetName(socket.SafeHandle, near, ref length) == 0 && near.AsSpan().SequenceEqual(address);
    }

    [DllImport("libc", EntryPoint = "connect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Connect(SafeSocketHandle socket, byte[] address, int length);

    [DllImport("libc", EntryPoint = "getsockname")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetName(SafeSocketHandle socket, [Out] byte[] address, ref int length);
}
