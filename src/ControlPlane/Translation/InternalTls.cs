using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>TLS towards activators and queue-proxies (system-internal-tls).</summary>
/// <remarks>The authorities come by SDS, so that a new one changes one resource and no cluster. Gateways show no certificate of their own.
/// Source: knative-extensions/net-kourier pkg/generator/ingress_translator.go; names: knative/networking pkg/certificates/constants.go.</remarks>
internal static class InternalTls
{
    // What activators show, and what the queue-proxies of a namespace show behind the prefix.
    private const string RoutingName = "kn-routing";
    private const string UserPrefix = "kn-user-";

    /// <summary>The socket of a cluster.</summary>
    public static TransportSocket For(BackendPort backend) => new()
    {
        Name = "envoy.transport_sockets.tls",
        TypedConfig = Any.Pack(new UpstreamTlsContext
        {
            CommonTlsContext = new CommonTlsContext
            {
                AlpnProtocols = { backend.IsHttp2 ? ["h2"] : Array.Empty<string>() },
                TlsParams = new TlsParameters { TlsMinimumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv13, TlsMaximumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv13 },
                CombinedValidationContext = new CommonTlsContext.Types.CombinedCertificateValidationContext
                {
                    DefaultValidationContext = new CertificateValidationContext { MatchTypedSubjectAltNames = { Named(RoutingName), Named(UserPrefix + backend.Service.Key.Namespace.ToLowerInvariant()) } },
                    ValidationContextSdsSecretConfig = new SdsSecretConfig { Name = GatewayNames.Authorities, SdsConfig = XdsSources.Ads() },
                },
            },
        }),
    };

    private static SubjectAltNameMatcher Named(string name) => new() { SanType = SubjectAltNameMatcher.Types.SanType.Dns, Matcher = new StringMatcher { Exact = name } };
}
