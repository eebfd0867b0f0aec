using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests.Limits;

/// <summary>A client that says every byte, and asks what became of it.</summary>
internal static class LimitClient
{
    /// <summary>Says something on a connection of its own; returns all that is answered.</summary>
    public static async Task<string> SayAsync(Proxy proxy, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Proxy.Token);
        return await ReadAsync(client);
    }

    /// <summary>Reads until the other side closes.</summary>
    public static async Task<string> ReadAsync(TcpClient client)
    {
        using var answer = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(answer, Proxy.Token).Within(Proxy.Limit);
        }
        catch (IOException)
        {
            // Reset after the answer.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }

    /// <summary>Opens a connection that has got an answer already, and stays.</summary>
    public static async Task<TcpClient> OpenAsync(IPEndPoint endPoint)
    {
        var client = new TcpClient();
        await client.ConnectAsync(endPoint, Proxy.Token);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Proxy.Token);
        await client.GetStream().ReadExactlyAsync(new byte[12], Proxy.Token).AsTask().Within(Proxy.Limit);
        return client;
    }

    /// <summary>What a metric is now.</summary>
    public static async Task<long> ValueAsync(Proxy proxy, string sample) =>
        long.Parse((await proxy.MetricsAsync()).Split('\n').Single(line => line.StartsWith(sample, StringComparison.Ordinal)).AsSpan(sample.Length), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits until one client was turned away for that reason.</summary>
    public static async Task AssertRefusedAsync(Proxy proxy, string reason) =>
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains($"kxds_queue_refused_total{{reason=\"{reason}\"}} 1\n", StringComparison.Ordinal), Proxy.Limit);
}
