using System.Collections.Immutable;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Networking;

/// <summary>config-kourier: what operators of net-kourier decide about gateways.</summary>
/// <remarks>Source: knative-extensions/net-kourier pkg/reconciler/ingress/config/kourier.go. Null: the key is absent, so that our own default holds where it differs.</remarks>
public sealed record KourierConfig
{
    /// <summary>Access logs are written; upstream's default is true.</summary>
    public bool? EnableServiceAccessLogging { get; init; }
    /// <summary>Envoy's text format of an access log line; empty means Envoy's own. Not trimmed.</summary>
    public string ServiceAccessLogTemplate { get; init; } = "";
    /// <summary>External listeners expect the PROXY protocol.</summary>
    public bool EnableProxyProtocol { get; init; }
    /// <summary>Secret in the system namespace with the certificate of the local listener; empty for none.</summary>
    public string ClusterCertSecret { get; init; } = "";
    /// <summary>How long a stream may be silent; zero or less: for ever.</summary>
    public GoDuration StreamIdleTimeout { get; init; }
    /// <summary>Trusted proxies in front of the gateways.</summary>
    public uint TrustedHopsCount { get; init; }
    /// <summary>The client's address is that of its connection; upstream's default is false.</summary>
    public bool? UseRemoteAddress { get; init; }
    /// <summary>Ciphers of TLS 1.2, sorted; null means Envoy's own choice. An empty text gives one empty name.</summary>
    public ImmutableSortedSet<string>? CipherSuites { get; init; }
    /// <summary>Private keys are handled by Intel's CryptoMB.</summary>
    public bool EnableCryptoMb { get; init; }
    /// <summary>Addresses that gateways bind, in order, as written.</summary>
    public ImmutableArray<string> ListenIPAddresses { get; init; } = ["0.0.0.0"];
    /// <summary>Envoy adds no <c>server</c> header of its own.</summary>
    public bool DisableEnvoyServerHeader { get; init; }
    /// <summary>Secret with the certificate of external hosts that have none of their own; both parts are needed.</summary>
    public string CertsSecretName { get; init; } = "";
    /// <summary>Its namespace.</summary>
    public string CertsSecretNamespace { get; init; } = "";
    /// <summary>Requests are authorized by a service; null for none.</summary>
    public ExternalAuthorization? ExternalAuthorization { get; init; }
    /// <summary>Requests are traced; null for not.</summary>
    public OpenTelemetryTracing? Tracing { get; init; }
}
