using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>The connections of one port that speak one protocol.</summary>
internal sealed class SniffedListener(ProtocolSniffer sniffer, ProtocolEndPoint endPoint) : IConnectionListener
{
    public EndPoint EndPoint => endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        var connections = sniffer.Connections(endPoint.Protocols == HttpProtocols.Http2);
        while (await connections.WaitToReadAsync(cancellationToken))
        {
            if (connections.TryRead(out var connection))
                return connection;
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => sniffer.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => sniffer.DisposeAsync();
}
