using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Listener.ProxyProtocol.V3;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The listeners of a gateway: they depend on settings alone, so that no ingress ever makes Envoy drain connections.</summary>
public static class ListenerTranslator
{
    // Of each connection, in both directions (Envoy's edge guide); the outside world decides how many there are.
    private const uint ExternalBufferBytes = 32 * 1024;
    // A client that starts a handshake and falls silent, or one that waits for a certificate while we are away.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The external and the local listener, those with TLS, those for probes.</summary>
    /// <exception cref="FormatException">A listen address is malformed; the message names the setting.</exception>
    public static ImmutableArray<Listener> Translate(GatewaySettings settings) =>
    [
        .. new[]
        {
            Listen(GatewayNames.External, nameof(settings.ExternalListen), settings.ExternalListen, Kind.External, settings),
            Listen(GatewayNames.Local, nameof(settings.LocalListen), settings.LocalListen, Kind.Local, settings),
            Listen(GatewayNames.ExternalTls, nameof(settings.ExternalTlsListen), settings.ExternalTlsListen, Kind.External | Kind.Tls, settings),
            Listen(GatewayNames.LocalTls, nameof(settings.LocalTlsListen), settings.LocalTlsListen, Kind.Local | Kind.Tls, settings),
            Listen(GatewayNames.Probe, nameof(settings.ProbeListen), settings.ProbeListen, Kind.External | Kind.Probe, settings),
            Listen(GatewayNames.TlsProbe, nameof(settings.TlsProbeListen), settings.TlsProbeListen, Kind.External | Kind.Tls | Kind.Probe, settings),
        }.OfType<Listener>(),
    ];

    [Flags]
    private enum Kind
    {
        Local = 0,
        External = 1,
        Tls = 2,
        Probe = 4,
    }

    private static Listener? Listen(string name, string setting, string? address, Kind kind, GatewaySettings settings)
    {
        if (address is null)
        {
            return null;
        }

        var external = kind.HasFlag(Kind.External);
        var visibility = external ? GatewayNames.External : GatewayNames.Local;
        var addresses = Addresses(SocketAddresses.Parse(setting, address), settings.Addresses);
        return new Listener
        {
            Name = name,
            Address = addresses[0],
            AdditionalAddresses = { addresses.Skip(1).Select(other => new AdditionalAddress { Address = other }) },
            // Whoever opens connections from outside until no more may be, shall neither stop the cluster nor make a gateway look dead.
            IgnoreGlobalConnLimit = !external || kind.HasFlag(Kind.Probe),
            PerConnectionBufferLimitBytes = external ? ExternalBufferBytes : null,
            ListenerFilters = { external && settings.ProxyProtocol && !kind.HasFlag(Kind.Probe) ? [ProxyProtocol()] : Array.Empty<ListenerFilter>() },
            FilterChains = { Chain(visibility, kind.HasFlag(Kind.Tls), settings) },
        };
    }

    private static FilterChain Chain(string visibility, bool tls, GatewaySettings settings)
    {
        var chain = new FilterChain { Filters = { new Filter { Name = "envoy.filters.network.http_connection_manager", TypedConfig = Any.Pack(ConnectionManager.For(visibility, settings)) } } };
        if (tls)
        {
            chain.TransportSocket = DownstreamTls.For(visibility, settings);
            chain.TransportSocketConnectTimeout = Duration.FromTimeSpan(HandshakeTimeout);
        }

        return chain;
    }

    private static ImmutableArray<Address> Addresses(Address own, ImmutableArray<string> others) =>
        others.IsEmpty ? [own] : [.. others.Distinct(StringComparer.Ordinal).Select(address => SocketAddresses.Of(address, (int)own.SocketAddress.PortValue))];

    // Before anything looks at the bytes behind its header.
    private static ListenerFilter ProxyProtocol() => new() { Name = "envoy.filters.listener.proxy_protocol", TypedConfig = Any.Pack(new ProxyProtocol()) };
}
