using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Binds the two endpoints of a <see cref="SharedPort"/>.</summary>
internal sealed class SniffingListenerFactory(IConnectionListenerFactory sockets) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var protocol = (ProtocolEndPoint)endpoint;
        return protocol.Port.BindAsync(sockets, protocol, cancellationToken);
    }
}
