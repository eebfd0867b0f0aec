using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The listeners of a gateway: they depend on settings alone, so that no ingress ever makes Envoy drain connections.</summary>
public static class ListenerTranslator
{
    // A client that starts a handshake and falls silent, or one that waits for a certificate while we are away.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The external and the local listener, then those with TLS.</summary>
    /// <exception cref="FormatException">A listen address is malformed; the message names the setting.</exception>
    public static ImmutableArray<Listener> Translate(GatewaySettings settings) =>
    [
        Plain(GatewayNames.External, SocketAddresses.Parse(nameof(settings.ExternalListen), settings.ExternalListen), settings),
        Plain(GatewayNames.Local, SocketAddresses.Parse(nameof(settings.LocalListen), settings.LocalListen), settings),
        .. settings.ExternalTlsListen is { } external ? [Tls(GatewayNames.ExternalTls, GatewayNames.External, SocketAddresses.Parse(nameof(settings.ExternalTlsListen), external), settings)] : Array.Empty<Listener>(),
        .. settings.LocalTlsListen is { } local ? [Tls(GatewayNames.LocalTls, GatewayNames.Local, SocketAddresses.Parse(nameof(settings.LocalTlsListen), local), settings)] : Array.Empty<Listener>(),
    ];

    private static Listener Plain(string visibility, Address address, GatewaySettings settings) =>
        new() { Name = visibility, Address = address, FilterChains = { new FilterChain { Filters = { Http(visibility, settings) } } } };

    private static Listener Tls(string name, string visibility, Address address, GatewaySettings settings) => new()
    {
        Name = name,
        Address = address,
        FilterChains =
        {
            new FilterChain
            {
                Filters = { Http(visibility, settings) },
                TransportSocket = DownstreamTls.For(visibility, settings),
                TransportSocketConnectTimeout = Duration.FromTimeSpan(HandshakeTimeout),
            },
        },
    };

    private static Filter Http(string visibility, GatewaySettings settings) =>
        new() { Name = "envoy.filters.network.http_connection_manager", TypedConfig = Any.Pack(ConnectionManager.For(visibility, settings)) };
}
