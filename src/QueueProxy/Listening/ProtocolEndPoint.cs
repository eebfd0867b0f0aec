using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>The part of a <see cref="SharedPort"/> that speaks one protocol.</summary>
internal sealed class ProtocolEndPoint(SharedPort port, HttpProtocols protocols) : EndPoint
{
    public SharedPort Port { get; } = port;

    public HttpProtocols Protocols { get; } = protocols;

    public override string ToString() => $"{Port} ({Protocols})";
}
