using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The listeners of a gateway: they depend on settings alone, so that no ingress ever makes Envoy drain connections.</summary>
public static class ListenerTranslator
{
    /// <summary>The external and the local listener.</summary>
    /// <exception cref="FormatException">A listen address is malformed; the message names the setting.</exception>
    public static ImmutableArray<Listener> Translate(GatewaySettings settings) =>
    [
        Listen(GatewayNames.External, SocketAddresses.Parse(nameof(settings.ExternalListen), settings.ExternalListen), settings),
        Listen(GatewayNames.Local, SocketAddresses.Parse(nameof(settings.LocalListen), settings.LocalListen), settings),
    ];

    private static Listener Listen(string visibility, Address address, GatewaySettings settings)
    {
        var manager = ConnectionManager.For(visibility, settings);
        var filter = new Filter { Name = "envoy.filters.network.http_connection_manager", TypedConfig = Any.Pack(manager) };
        return new Listener { Name = visibility, Address = address, FilterChains = { new FilterChain { Filters = { filter } } } };
    }
}
