using System.Net;
using Envoy.Config.Core.V3;
using SocketAddress = Envoy.Config.Core.V3.SocketAddress;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Addresses in Envoy's form.</summary>
internal static class SocketAddresses
{
    /// <summary>A host and a port.</summary>
    public static Address Of(string host, int port) => new() { SocketAddress = new SocketAddress { Address = host, PortValue = (uint)port } };

    /// <summary>What an operator wrote as <c>address:port</c>.</summary>
    /// <exception cref="FormatException">It is no IP address with a port.</exception>
    public static Address Parse(string setting, string text)
    {
        if (!IPEndPoint.TryParse(text, out var endpoint) || (endpoint.Port == 0 && !text.EndsWith(":0", StringComparison.Ordinal)))
        {
            throw new FormatException($"{setting}: \"{text}\" is not an IP address with a port, like 0.0.0.0:8080 or [::]:8080");
        }

        return Of(endpoint.Address.ToString(), endpoint.Port);
    }
}
