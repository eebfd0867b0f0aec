using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>One TCP port that speaks HTTP/1.1 and HTTP/2, as Go's servers do: plain, or over TLS.</summary>
/// <remarks>
/// Kestrel wants to be told which of the two a plaintext port speaks. So it is given two endpoints, one for each,
/// and connections to the real port are handed to one of them by their first bytes, or by what TLS negotiated.
/// </remarks>
internal sealed class SharedPort
{
    private readonly IPEndPoint _address;
    private readonly SortingRules _rules;
    private ProtocolSniffer? _sniffer;

    public SharedPort(IPEndPoint address, SortingRules rules)
    {
        (_address, _rules) = (address, rules);
        Bound = address;
        Http1 = new ProtocolEndPoint(this, HttpProtocols.Http1);
        Http2 = new ProtocolEndPoint(this, HttpProtocols.Http2);
    }

    public ProtocolEndPoint Http1 { get; }

    public ProtocolEndPoint Http2 { get; }

    /// <summary>The address with the port in use, once bound.</summary>
    public IPEndPoint Bound { get; private set; }

    public async ValueTask<IConnectionListener> BindAsync(IConnectionListenerFactory sockets, ProtocolEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (_sniffer is null)
        {
            var listener = await sockets.BindAsync(_address, cancellationToken);
            Bound = (IPEndPoint)listener.EndPoint;
            _sniffer = new ProtocolSniffer(listener, _rules);
            _sniffer.Start();
        }

        return new SniffedListener(_sniffer, endPoint);
    }

    public override string ToString() => Bound.ToString();
}
