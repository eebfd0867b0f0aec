using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Testing;

/// <summary>What clients do over HTTP/2 to servers that let them.</summary>
public static class Http2Floods
{
    private const int Batch = 250;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends headers that do not end, a byte and then a frame of one byte at a time; returns once the server has ended the connection.</summary>
    public static async Task SlowHeadersAsync(IPEndPoint server, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var client = await RawHttp2.ConnectAsync(server, [], cancellationToken).ConfigureAwait(false);
        var ended = client.ReadToEndAsync(cancellationToken);
        var frame = RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream, 1, (byte[])[.. request.Span, .. RawHttp2.Header("x-slow", new string('x', 10_000))[..^10_000]]);
        for (var i = 0; i < frame.Length; i++)
        {
            await client.SendAsync(frame.AsMemory(i, 1), cancellationToken).ConfigureAwait(false);
        }

        using var timer = new PeriodicTimer(Pause);
        var next = RawHttp2.Frame(RawHttp2.Continuation, 0, 1, "x"u8);
        try
        {
            while (!ended.IsCompleted)
            {
                await client.SendAsync(next, cancellationToken).ConfigureAwait(false);
                await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // That is the end.
        }

        await ended.ConfigureAwait(false);
    }

    /// <summary>Sends headers that do not end as fast as the server takes them; returns once it has ended the connection.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="request">How the headers begin.</param>
    /// <param name="part">How they go on, frame by frame; may be empty.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task ContinuationsAsync(IPEndPoint server, ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> part, CancellationToken cancellationToken)
    {
        using var client = await RawHttp2.ConnectAsync(server, [], cancellationToken).ConfigureAwait(false);
        var ended = client.ReadToEndAsync(cancellationToken);
        await client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream, 1, request.Span), cancellationToken).ConfigureAwait(false);
        await client.RepeatAsync(Repeat(RawHttp2.Frame(RawHttp2.Continuation, 0, 1, part.Span)), long.MaxValue, cancellationToken).ConfigureAwait(false);
        await ended.ConfigureAwait(false);
    }

    /// <summary>Sends one frame over and over and reads no answer, until the server takes no more or has taken <paramref name="most"/> bytes.</summary>
    /// <returns>Whether it has stopped before; the client is still there then, and goes on when the server does.</returns>
    public static async Task<bool> StopsAsync(RawHttp2 client, ReadOnlyMemory<byte> frame, long most, CancellationToken cancellationToken)
    {
        const int Looks = 30;
        var flood = client.RepeatAsync(Repeat(frame.Span), most, cancellationToken);
        var (last, same) = (0L, 0);
        await Eventually.TrueAsync(
            () =>
            {
                var now = client.Sent;
                (last, same) = (now, now == last ? same + 1 : 0);
                return same == Looks || flood.IsCompleted;
            },
            TimeSpan.FromMinutes(1)).ConfigureAwait(false);
        return !flood.IsCompleted || await flood.ConfigureAwait(false);
    }

    /// <summary>Sends requests and takes each back at once; says whether the server has ended the connection for it.</summary>
    public static async Task<bool> ResetsAsync(IPEndPoint server, ReadOnlyMemory<byte> request, int requests, CancellationToken cancellationToken)
    {
        using var client = await RawHttp2.ConnectAsync(server, [], cancellationToken).ConfigureAwait(false);
        // An answer to it says that the server has seen all that came before.
        var answered = client.ReadUntilAsync(RawHttp2.Ping, cancellationToken);
        try
        {
            for (var first = 0; first < requests; first += Batch)
            {
                await client.SendAsync(Resets(request, first), cancellationToken).ConfigureAwait(false);
            }

            await client.SendAsync(RawHttp2.Frame(RawHttp2.Ping, 0, 0, new byte[8]), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return true;
        }

        return !await answered.ConfigureAwait(false);
    }

    /// <summary>Asks for responses of which the connection's window lets only the first begin, and takes each request back once its response has; returns once the server has ended the connection.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="request">What is asked for, which has more than 64 KiB.</param>
    /// <param name="batch">Requests at a time.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task StuckResponsesAsync(IPEndPoint server, ReadOnlyMemory<byte> request, int batch, CancellationToken cancellationToken)
    {
        // SETTINGS_INITIAL_WINDOW_SIZE of 1 MiB: the windows of the streams hold nothing back.
        using var client = await RawHttp2.ConnectAsync(server, [0, 4, 0, 0x10, 0, 0], cancellationToken).ConfigureAwait(false);
        try
        {
            for (var first = 0; ; first += batch)
            {
                await client.SendAsync(Each(first, batch, stream => RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, request.Span)), cancellationToken).ConfigureAwait(false);
                for (var begun = 0; begun < batch;)
                {
                    if (await client.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } frame)
                    {
                        return;
                    }

                    begun += frame.Type == RawHttp2.Headers ? 1 : 0;
                }

                await client.SendAsync(Each(first, batch, Reset), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            // That is the end.
        }
    }

    private static byte[] Resets(ReadOnlyMemory<byte> request, int first) =>
        Each(first, Batch, stream => [.. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, request.Span), .. Reset(stream)]);

    private static byte[] Reset(int stream)
    {
        const byte Cancel = 8;
        return RawHttp2.Frame(RawHttp2.ResetStream, 0, stream, [0, 0, 0, Cancel]);
    }

    private static byte[] Each(int first, int count, Func<int, byte[]> frames) => [.. Enumerable.Range(first, count).SelectMany(number => frames(2 * number + 1))];

    private static byte[] Repeat(ReadOnlySpan<byte> frame)
    {
        List<byte> bytes = [];
        for (var i = 0; i < Batch; i++)
        {
            bytes.AddRange(frame);
        }

        return [.. bytes];
    }
}
