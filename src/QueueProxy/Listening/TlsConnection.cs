using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>What is inside a TLS connection.</summary>
internal sealed class TlsConnection : ConnectionContext
{
    private readonly ConnectionContext _outer;
    private readonly SslStream _stream;

    public TlsConnection(ConnectionContext outer, SslStream stream)
    {
        (_outer, _stream) = (outer, stream);
        Transport = new StreamPipes(stream);
        outer.Features.Set<ITlsConnectionFeature>(new NoClientCertificate());
        var handshake = new HandshakeResult(stream);
        outer.Features.Set<ITlsHandshakeFeature>(handshake);
        outer.Features.Set<ITlsApplicationProtocolFeature>(handshake);
    }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get => _outer.ConnectionId; set => _outer.ConnectionId = value; }

    public override IFeatureCollection Features => _outer.Features;

    public override IDictionary<object, object?> Items { get => _outer.Items; set => _outer.Items = value; }

    public override CancellationToken ConnectionClosed { get => _outer.ConnectionClosed; set => _outer.ConnectionClosed = value; }

    public override EndPoint? LocalEndPoint { get => _outer.LocalEndPoint; set => _outer.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => _outer.RemoteEndPoint; set => _outer.RemoteEndPoint = value; }

    public override void Abort(ConnectionAbortedException abortReason) => _outer.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await Transport.Output.CompleteAsync();
            await Transport.Input.CompleteAsync();
            await _stream.DisposeAsync();
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The other side has gone already: nobody hears the goodbye.
        }

        await _outer.DisposeAsync();
        await base.DisposeAsync();
    }
}
