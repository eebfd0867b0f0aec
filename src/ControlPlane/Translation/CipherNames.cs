using System.Collections.Frozen;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Ciphers of TLS 1.2 by BoringSSL's names: one that is not among them makes Envoy refuse a listener.</summary>
internal static class CipherNames
{
    private static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA", "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA",
    ], StringComparer.Ordinal);

    /// <summary>Whether a name, or a group of equal preference like <c>[A|B]</c>, is known.</summary>
    public static bool IsKnown(string text) => text.Trim('[', ']').Split('|').All(Known.Contains);
}
