using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What an operator decides about the listeners of all gateways.</summary>
public sealed record GatewaySettings
{
    /// <summary>Address and port of the listener that the outside world reaches.</summary>
    public string ExternalListen { get; init; } = "0.0.0.0:8080";
    /// <summary>Address and port of the listener that only the cluster reaches.</summary>
    public string LocalListen { get; init; } = "0.0.0.0:8081";
    /// <summary>Address and port of the external listener with TLS; null has none.</summary>
    public string? ExternalTlsListen { get; init; }
    /// <summary>Address and port of the local listener with TLS; null has none.</summary>
    public string? LocalTlsListen { get; init; }
    /// <summary>Address and port of a twin of the external listener that never expects the PROXY protocol, for probes; null has none.</summary>
    public string? ProbeListen { get; init; }
    /// <summary>The same with TLS.</summary>
    public string? TlsProbeListen { get; init; }
    /// <summary>IP addresses that take the place of those above: the first of each listener's own, the others beside it. Empty leaves them.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];
    /// <summary>External listeners expect the PROXY protocol before anything else.</summary>
    public bool ProxyProtocol { get; init; }
    /// <summary>Lowest version of TLS that clients may speak.</summary>
    public TlsVersion MinTlsVersion { get; init; } = TlsVersion.Tls12;
    /// <summary>Ciphers of TLS 1.2, by BoringSSL's names; empty means Envoy's own choice. Those of TLS 1.3 are fixed.</summary>
    public ImmutableArray<string> CipherSuites { get; init; } = [];
    /// <summary>Trusted proxies in front of the external listener, whose X-Forwarded-For is believed.</summary>
    public uint TrustedHops { get; init; }
    /// <summary>Whether a client's address is that of its connection (behind the trusted hops); otherwise it is what X-Forwarded-For says, whoever wrote it.</summary>
    public bool UseRemoteAddress { get; init; } = true;
    /// <summary>Whether external requests with an underscore in a header name are refused, as backends may take <c>a_b</c> for <c>a-b</c>.</summary>
    public bool RejectHeadersWithUnderscores { get; init; } = true;
    /// <summary>Whether Envoy leaves the backend's <c>server</c> header alone, and adds none.</summary>
    public bool PassServerHeader { get; init; }
    /// <summary>How long a stream may be silent in both directions; zero: for ever, as the queue-proxy applies the revision's own limits.</summary>
    public TimeSpan StreamIdleTimeout { get; init; }
    /// <summary>How long a client may take for the headers of a request: slow senders of headers hold a connection, while slow senders of bodies are legitimate.</summary>
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>How long a client's connection may be without a request.</summary>
    public TimeSpan ConnectionIdleTimeout { get; init; } = TimeSpan.FromHours(1);
    /// <summary>Streams that an external HTTP/2 connection may have at once.</summary>
    public uint MaxConcurrentStreams { get; init; } = 100;
    /// <summary>Kibibytes of request headers.</summary>
    public uint MaxRequestHeadersKb { get; init; } = 60;
    /// <summary>Where access logs go, and how they look; null writes none.</summary>
    public AccessLogSettings? AccessLog { get; init; }
    /// <summary>A service that every request is shown to; null for none.</summary>
    public ExternalAuthorization? Authorization { get; init; }
    /// <summary>Where traces go; null for nowhere.</summary>
    public OpenTelemetryTracing? Tracing { get; init; }
    /// <summary>File of certificate authorities on the gateways, for services that are spoken to by https.</summary>
    public string AuthoritiesFile { get; init; } = "/etc/ssl/certs/ca-certificates.crt";
    /// <summary>Certificates, PEM, that those of activators and queue-proxies go back to; empty for none.</summary>
    public string Authorities { get; init; } = "";
    /// <summary>The certificate of external clients that name no host; null refuses them.</summary>
    public CertificatePair? ExternalCertificate { get; init; }
    /// <summary>The certificate of local clients that name no host; null refuses them.</summary>
    public CertificatePair? LocalCertificate { get; init; }
    /// <summary>Host under which a gateway answers <c>/ready</c> on its local listener, once it has its configuration; empty for none.</summary>
    public string ReadyHost { get; init; } = "";
}
