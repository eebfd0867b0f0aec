using System.Security.Authentication;

namespace Knative.Xds.Activation.Tls;

/// <summary>Versions of TLS that the port for it speaks.</summary>
/// <remarks>Source: knative/pkg network/tls.</remarks>
internal static class TlsSettings
{
    private const string Tls12 = "1.2";
    private const string Tls13 = "1.3";

    /// <summary>The versions from a lowest to a highest one; empty is 1.3.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> for a version that does not exist, and for a lowest above the highest.</remarks>
    public static SslProtocols Protocols(string lowest, string highest) => (Version(lowest), Version(highest)) switch
    {
        (Tls12, Tls12) => SslProtocols.Tls12,
        (Tls12, Tls13) => SslProtocols.Tls12 | SslProtocols.Tls13,
        (Tls13, Tls13) => SslProtocols.Tls13,
        _ => throw new FormatException($"no TLS version lies between {lowest} and {highest}"),
    };

    private static string Version(string text) => text switch
    {
        "" => Tls13,
        Tls12 or Tls13 => text,
        _ => throw new FormatException($"\"{text}\" is not a TLS version: 1.2 or 1.3"),
    };
}
