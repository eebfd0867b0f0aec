using System.Net.Security;
using System.Security.Authentication;

namespace Knative.Xds.QueueProxy;

/// <summary>What a TLS port speaks.</summary>
/// <remarks>Source: knative/pkg network/tls: names and meaning are those of Go's crypto/tls.</remarks>
public sealed record TlsSettings
{
    private const string Tls12 = "1.2";
    private const string Tls13 = "1.3";

    /// <value>Lowest version, <c>1.2</c> or <c>1.3</c>; empty is 1.3.</value>
    public string MinVersion { get; init; } = "";
    /// <value>Highest version, <c>1.2</c> or <c>1.3</c>; empty is 1.3.</value>
    public string MaxVersion { get; init; } = "";
    /// <value>Comma-separated names of cipher suites, of TLS 1.2 alone; empty leaves the choice to the platform.</value>
    public string CipherSuites { get; init; } = "";
    /// <value>Comma-separated names of curves. The platform has no choice of them; they are only logged.</value>
    public string CurvePreferences { get; init; } = "";

    /// <summary>The versions that are spoken.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> for a version that does not exist, and for a minimum above the maximum.</remarks>
    public SslProtocols Protocols => (Version(MinVersion, nameof(MinVersion)), Version(MaxVersion, nameof(MaxVersion))) switch
    {
        (Tls12, Tls12) => SslProtocols.Tls12,
        (Tls12, Tls13) => SslProtocols.Tls12 | SslProtocols.Tls13,
        (Tls13, Tls13) => SslProtocols.Tls13,
        _ => throw new FormatException($"no TLS version lies between {MinVersion} and {MaxVersion}"),
    };

    /// <summary>The suites that are offered; null leaves the choice to the platform.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> for an unknown name.</remarks>
    public IReadOnlyList<TlsCipherSuite>? Suites => CipherSuites.Length == 0 ? null
        : [
            .. CipherSuites.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Suite),
            // Not to be chosen among, as in Go.
            TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        ];

    private static string Version(string text, string name) => text switch
    {
        "" => Tls13,
        Tls12 or Tls13 => text,
        _ => throw new FormatException($"TLS {name} is \"{text}\", neither 1.2 nor 1.3"),
    };

    private static TlsCipherSuite Suite(string name) =>
        Enum.TryParse<TlsCipherSuite>(name, out var suite) && !char.IsAsciiDigit(name[0]) ? suite : throw new FormatException($"there is no TLS cipher suite {name}");
}
