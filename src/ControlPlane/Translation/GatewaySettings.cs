using System.Collections.Immutable;

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
    /// <summary>Lowest version of TLS that clients may speak.</summary>
    public TlsVersion MinTlsVersion { get; init; } = TlsVersion.Tls12;
    /// <summary>Ciphers of TLS 1.2, by BoringSSL's names; empty means Envoy's own choice. Those of TLS 1.3 are fixed.</summary>
    public ImmutableArray<string> CipherSuites { get; init; } = [];
    /// <summary>Trusted proxies in front of the external listener, whose X-Forwarded-For is believed.</summary>
    public int TrustedHops { get; init; }
    /// <summary>Whether external requests with an underscore in a header name are refused, as backends may take <c>a_b</c> for <c>a-b</c>.</summary>
    public bool RejectHeadersWithUnderscores { get; init; } = true;
    /// <summary>File that access logs go to, e.g. <c>/dev/stdout</c>; null writes none.</summary>
    public string? AccessLogPath { get; init; }
}
