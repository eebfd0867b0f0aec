using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Asks a gateway for one host until the answer is the expected one: on a thread and a connection of its own, so that a probe takes as long as the gateway takes for it.</summary>
internal sealed class HostProbe(string listen) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);
    private readonly byte[] _buffer = new byte[4096];
    private Socket? _socket;

    /// <summary>Asks until the body of a 200 is <paramref name="expected"/>: about every millisecond, or from some moment on without a pause.</summary>
    /// <param name="host">Whom to ask for.</param>
    /// <param name="expected">The body.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="after">What has to be over before the answer can be that; until then nothing is asked, as asking takes of the processors, and after it there is no pause, as what is seen late would count as served late.</param>
    /// <returns>When that answer was here.</returns>
    public Task<long> UntilAsync(string host, string expected, CancellationToken cancellationToken, Task? after = null) =>
        Task.Factory.StartNew(() => Until(host, expected, after, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _socket?.Dispose();

    private long Until(string host, string expected, Task? after, CancellationToken cancellationToken)
    {
        after?.Wait(cancellationToken);
        var request = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        while (TryAsk(request) != expected)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_socket is null || after is null)
            {
                Wait(cancellationToken);
            }
        }

        return TimeProvider.System.GetTimestamp();
    }

    /// <summary>Waits for the interval: on the socket, where nothing is to come, as other waits of the platform take up to a millisecond more.</summary>
    private void Wait(CancellationToken cancellationToken)
    {
        if (_socket is null)
        {
            cancellationToken.WaitHandle.WaitOne(Interval);
        }
        else
        {
            _socket.Poll(Interval, SelectMode.SelectRead);
        }
    }

    private string? TryAsk(byte[] request)
    {
        try
        {
            return Ask(request);
        }
        catch (SocketException)
        {
            // The gateway does not listen yet, or has closed the connection.
            _socket?.Dispose();
            _socket = null;
            return null;
        }
    }

    /// <summary>The body of a 200; null for all other answers.</summary>
    private string? Ask(byte[] request)
    {
        _socket ??= Connect();
        _socket.Send(request);
        for (var filled = 0; ;)
        {
            var read = _socket.Receive(_buffer.AsSpan(filled));
            filled += read;
            var text = Encoding.ASCII.GetString(_buffer, 0, filled);
            if (read == 0)
            {
                _socket.Dispose();
                _socket = null;
                return null;
            }

            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end && LengthIn(text[..end]) is var length && filled >= end + 4 + length)
            {
                return text.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? text.Substring(end + 4, length) : null;
            }
        }
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPEndPoint.Parse(listen));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static int LengthIn(string headers)
    {
        const string Name = "content-length:";
        var line = headers.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.AsSpan(Name.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }
}
