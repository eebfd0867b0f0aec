using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Certificates as Envoy takes them by SDS.</summary>
internal static class SecretTranslator
{
    /// <summary>A certificate under the name that gateways ask for: the server name of a handshake.</summary>
    public static Secret Certificate(string name, CertificatePair pair) => new()
    {
        Name = name,
        TlsCertificate = new TlsCertificate { CertificateChain = Inline(pair.Chain), PrivateKey = Inline(pair.PrivateKey) },
    };

    /// <summary>Certificates that others go back to.</summary>
    public static Secret Authorities(string name, string pem) => new()
    {
        Name = name,
        ValidationContext = new CertificateValidationContext { TrustedCa = new DataSource { InlineString = pem } },
    };

    // Not copied: the hosts of a certificate share its bytes.
    private static DataSource Inline(ImmutableArray<byte> pem) => new() { InlineBytes = UnsafeByteOperations.UnsafeWrap(ImmutableCollectionsMarshal.AsArray(pem)) };
}
