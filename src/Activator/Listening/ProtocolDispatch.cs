using System.Buffers;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Knative.Xds.Activation.Listening;

/// <summary>Lets plain-text listeners take HTTP/1.1 and HTTP/2 with prior knowledge alike, by the first bytes of each connection.</summary>
/// <remarks>Go's server does that out of the box; Kestrel takes one of the two per listener. So one listener is made for each protocol,
/// and a connection that opens with the other protocol's bytes is handed to the other listener's pipeline. Source: RFC 9113 §3.4.</remarks>
internal sealed class ProtocolDispatch(ActivatorOptions options, ConnectionShares shares, ActivatorMetrics metrics, TimeProvider time)
{
    private ConnectionDelegate? _http1;
    private ConnectionDelegate? _http2;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Makes a listener the one for HTTP/1.1.</summary>
    public void ForHttp1(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next =>
        {
            _http1 = next;
            return DispatchAsync;
        });
    }

    /// <summary>Makes a listener the one for HTTP/2.</summary>
    public void ForHttp2(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.Use(next =>
        {
            _http2 = next;
            return DispatchAsync;
        });
    }

    /// <summary>Makes a listener one for both protocols over TLS.</summary>
    public void ForTls(ListenOptions listen, CertificateStore certificates)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection => GuardAsync(connection, next));
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificates.ForServer()) });
        listen.Use(next => connection => AfterFirstByteAsync(connection, next));
    }

    private Task DispatchAsync(ConnectionContext connection) => GuardAsync(connection, SortAsync);

    private async Task GuardAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (shares.Enter())
            {
                await next(connection);
            }
            else
            {
                metrics.Refused(Refusal.Connections);
            }
        }
        finally
        {
            shares.Leave();
        }
    }

    private async Task SortAsync(ConnectionContext connection)
    {
        if (await TryReadVerdictAsync(connection) is { } http2)
        {
            // Both pipelines exist once both listeners are bound; until then the first one to be bound serves its own.
            var pipeline = (http2 ? _http2 : _http1) ?? _http1 ?? _http2;
            await (http2 ? GuardHttp2Async(connection, pipeline!) : pipeline!(connection));
        }
    }

    private async Task GuardHttp2Async(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (shares.EnterHttp2())
            {
                await next(connection);
            }
            else
            {
                metrics.Refused(Refusal.Connections);
            }
        }
        finally
        {
            shares.LeaveHttp2();
        }
    }

    private async Task AfterFirstByteAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await TryReadVerdictAsync(connection) is { } http2)
        {
            await (http2 ? GuardHttp2Async(connection, next) : next(connection));
        }
    }

    // Kestrel closes idle connections when it stops, and slow ones when their time is over, but it cannot know of one that is still held here.
    private async Task<bool?> TryReadVerdictAsync(ConnectionContext connection)
    {
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping);
        // The clock of the first request runs from the connection's start, as ReadHeaderTimeout of Go's server: whoever is silent must not keep a place for ever.
        using var slow = new CancellationTokenSource(options.HeadersTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, slow.Token);
        try
        {
            return await IsHttp2Async(connection, either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            if (slow.IsCancellationRequested)
            {
                metrics.Refused(Refusal.HeadersTimeout);
            }

            return null;
        }
    }

    /// <summary>Null when the connection ended before it said anything.</summary>
    private static async ValueTask<bool?> IsHttp2Async(ConnectionContext connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync(cancellationToken);
            var verdict = Judge(read.Buffer);
            var done = verdict is not null || read.IsCompleted || read.IsCanceled;
            var silent = read.Buffer.IsEmpty;
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, done ? read.Buffer.Start : read.Buffer.End);
            if (done)
            {
                return verdict ?? (silent ? null : false);
            }
        }
    }

    private static bool? Judge(ReadOnlySequence<byte> seen)
    {
        var length = (int)Math.Min(seen.Length, Preface.Length);
        Span<byte> start = stackalloc byte[Preface.Length];
        seen.Slice(0, length).CopyTo(start);
        return !Preface.StartsWith(start[..length]) ? false : length == Preface.Length ? true : null;
    }
}
