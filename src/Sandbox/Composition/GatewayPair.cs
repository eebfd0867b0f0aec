using System.Net;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Addresses of the gateway's two listeners.</summary>
internal readonly record struct GatewayPair(IPEndPoint External, IPEndPoint Local);
