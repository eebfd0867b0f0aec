using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>One HTTP/1.1 connection, byte by byte.</summary>
internal sealed class RawHttp : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Socket _socket;

    private RawHttp(Socket socket) => _socket = socket;

    public static async Task<RawHttp> ConnectAsync(IPEndPoint target, CancellationToken cancellationToken) => new(await FixedEndPoint.ConnectAsync(target, cancellationToken));

    /// <summary>Sends lines, each ended by CRLF.</summary>
    public Task SendAsync(params string[] lines) => SendTextAsync(string.Concat(lines.Select(line => line + "\r\n")));

    /// <summary>Sends text as it is.</summary>
    public async Task SendTextAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads until a text has come; returns all of it.</summary>
    public async Task<string> ReadToAsync(string end, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            var read = await _socket.ReceiveAsync(buffer, cancellationToken).AsTask().WaitAsync(Limit, cancellationToken);
            Assert.True(read > 0, $"the connection ended after: {text}");
            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    /// <summary>Waits until the other side has closed the connection; with <paramref name="orAnswered"/> false when it says something instead.</summary>
    public async Task<bool> IsClosedAsync(CancellationToken cancellationToken, bool orAnswered = false)
    {
        try
        {
            int read;
            while ((read = await _socket.ReceiveAsync(new byte[8192], cancellationToken).AsTask().WaitAsync(Limit, cancellationToken)) > 0 && !orAnswered)
            {
                // The rest of an answer.
            }

            return read == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>Sends a whole request without a body, and returns the status code.</summary>
    public static async Task<int> CodeAsync(IPEndPoint target, CancellationToken cancellationToken, params string[] lines)
    {
        using var connection = await ConnectAsync(target, cancellationToken);
        await connection.SendAsync([.. lines, "Connection: close", ""]);
        var head = await connection.ReadToAsync("\r\n", cancellationToken);
        return int.Parse(head.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Cuts the connection (RST).</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
