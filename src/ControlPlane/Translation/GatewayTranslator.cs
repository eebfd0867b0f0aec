using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Fragment = Envoy.Config.Route.V3.ScopedRouteConfiguration.Types.Key.Types.Fragment;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Settings as gateways read them: all resources that belong to no ingress.</summary>
public static class GatewayTranslator
{
    private const int Ok = 200;

    /// <summary>Translates the settings.</summary>
    /// <exception cref="FormatException">A listen address is malformed; the message names the setting.</exception>
    public static GatewayResources Translate(GatewaySettings settings) => new(
    [
        .. ListenerTranslator.Translate(settings),
        .. ServiceClusters.Of(settings),
        .. Secrets(settings),
        .. settings.ReadyHost.Length > 0 ? Readiness(settings.ReadyHost) : [],
    ]);

    private static IEnumerable<Secret> Secrets(GatewaySettings settings)
    {
        if (settings.ExternalCertificate is { } external)
        {
            yield return SecretTranslator.Certificate(GatewayNames.DefaultCertificate(GatewayNames.External), external);
        }

        if (settings.LocalCertificate is { } local)
        {
            yield return SecretTranslator.Certificate(GatewayNames.DefaultCertificate(GatewayNames.Local), local);
        }

        if (settings.Authorities.Length > 0)
        {
            yield return SecretTranslator.Authorities(GatewayNames.Authorities, settings.Authorities);
        }
    }

    /// <summary>A host that a gateway answers itself: net-kourier's gateways are ready when they have been given it.</summary>
    private static IEnumerable<IMessage> Readiness(string host)
    {
        var name = GatewayNames.ReadyRoutes;
        yield return new ScopedRouteConfiguration
        {
            Name = GatewayNames.Scope(GatewayNames.Local, host),
            RouteConfigurationName = name,
            Key = new ScopedRouteConfiguration.Types.Key { Fragments = { new Fragment { StringKey = GatewayNames.Local }, new Fragment { StringKey = host } } },
        };
        yield return new RouteConfiguration
        {
            Name = name,
            IgnorePortInHostMatching = true,
            VirtualHosts =
            {
                new VirtualHost
                {
                    Name = host,
                    Domains = { host },
                    Routes = { new Route { Name = "ready", Match = new RouteMatch { Prefix = "/ready" }, DirectResponse = new DirectResponseAction { Status = Ok }, TypedPerFilterConfig = { [Authorizing.FilterName] = Authorizing.Off() } } },
                },
            },
        };
    }
}
