using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.CertMappers.Sni.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf.WellKnownTypes;
using OnDemand = Envoy.Extensions.TransportSockets.Tls.CertSelectors.OnDemandSecret.V3.Config;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>TLS towards clients.</summary>
/// <remarks>
/// A certificate is asked for by SDS when the first client names its host, so that neither a new host nor a new certificate changes the listener:
/// that would close or drain connections. A name that we do not know is answered at once, and Envoy forgets it. The price: no session resumption, which
/// Envoy 1.40 does not combine with certificates on demand.
/// </remarks>
internal static class DownstreamTls
{
    public static TransportSocket For(string visibility, GatewaySettings settings) => new()
    {
        Name = "envoy.transport_sockets.tls",
        TypedConfig = Any.Pack(new DownstreamTlsContext
        {
            DisableStatelessSessionResumption = true,
            DisableStatefulSessionResumption = true,
            CommonTlsContext = new CommonTlsContext
            {
                AlpnProtocols = { "h2", "http/1.1" },
                TlsParams = new TlsParameters { TlsMinimumProtocolVersion = Minimum(settings.MinTlsVersion), CipherSuites = { settings.CipherSuites } },
                CustomTlsCertificateSelector = Extension("envoy.tls.certificate_selectors.on_demand_secret", new OnDemand
                {
                    ConfigSource = XdsSources.Ads(),
                    CertificateMapper = Extension("envoy.tls.certificate_mappers.sni", new SNI { DefaultValue = GatewayNames.DefaultCertificate(visibility) }),
                }),
            },
        }),
    };

    private static TypedExtensionConfig Extension(string name, Google.Protobuf.IMessage configuration) => new() { Name = name, TypedConfig = Any.Pack(configuration) };

    private static TlsParameters.Types.TlsProtocol Minimum(TlsVersion version) =>
        version == TlsVersion.Tls13 ? TlsParameters.Types.TlsProtocol.Tlsv13 : TlsParameters.Types.TlsProtocol.Tlsv12;
}
