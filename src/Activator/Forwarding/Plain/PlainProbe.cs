using System.Net;
using System.Text;
using Knative.Xds.Activation.Backends;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>A probe over HTTP/1.1, on the connections that plain requests use.</summary>
internal sealed class PlainProbe(ProbeTarget target) : OneWayStream
{
    // What a pod says that is not ready is read only to use its connection again.
    private const int MostOfNoInterest = 1024;
    private static readonly byte[] Word = Encoding.ASCII.GetBytes(ProbeValues.Queue);
    private HttpStatusCode _status;
    private int _matched;
    private bool _differs;

    public override bool CanWrite => true;

    /// <summary>Asks; tells the status of the answer and whether its body is the word that is expected of a queue-proxy.</summary>
    /// <remarks>Errors: <see cref="IOException"/> when there is no answer.</remarks>
    public static async Task<(HttpStatusCode Status, bool SaysQueue)> AskAsync(PlainTransport transport, ProbeTarget target, CancellationToken cancellationToken)
    {
        using var probe = new PlainProbe(target);
        var failure = await transport.ExchangeAsync(target.Address, probe, static (connection, probe) => probe.ExchangeAsync(connection), cancellationToken);
        return failure is null ? (probe._status, !probe._differs && probe._matched == Word.Length) : throw new IOException(failure.Reason);
    }

    /// <summary>Takes a part of the answer's body.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _differs |= !Word.AsSpan(_matched).StartsWith(buffer.Span);
        _matched += _differs ? 0 : buffer.Length;
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> ExchangeAsync(PodConnection connection)
    {
        Write(connection.Buffer);
        await connection.SendAsync();
        var (length, status) = await connection.ReadFinalHeadAsync();
        var framing = ResponseHead.Read(connection.Buffer.Content.Span[..length], status, HttpMethods.Get, new HeaderDictionary());
        connection.Buffer.Consume(length);
        (_status, _matched, _differs) = ((HttpStatusCode)status, 0, false);
        if (status != StatusCodes.Status200OK && framing.Length is (< 0 or > MostOfNoInterest))
        {
            return false;
        }

        await ResponseBody.CopyAsync(connection, framing.Length, this, CancellationToken.None);
        return framing.IsKept;
    }

    private void Write(ByteBuffer buffer)
    {
        buffer.Append($"GET {ProbeValues.HealthPath} HTTP/1.1\r\nHost: {target.PassthroughHost ?? target.Address}\r\nUser-Agent: {ProbeValues.ActivatorUserAgent}\r\n{HeaderNames.NetworkProbe}: {ProbeValues.Queue}\r\n");
        if (target.PassthroughHost is not null)
        {
            buffer.Append($"{HeaderNames.PassthroughLoadBalancer}: true\r\n");
        }

        buffer.Append("\r\n"u8);
    }
}
