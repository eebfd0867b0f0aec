using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Knative.Xds.XdsServer.Security;

/// <summary>The names that a certificate is for: DNS names and URIs of its subject alternative names.</summary>
/// <remarks>Source: RFC 5280 §4.2.1.6. The subject's common name counts for nothing, as in every current TLS stack.</remarks>
internal static class CertificateNames
{
    private const string AlternativeNames = "2.5.29.17";
    private static readonly Asn1Tag Dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Reads the names, in order.</summary>
    public static ImmutableArray<string> Of(X509Certificate2 certificate) =>
        [.. certificate.Extensions.Where(extension => extension.Oid?.Value == AlternativeNames).SelectMany(extension => Read(extension.RawData))];

    private static List<string> Read(byte[] encoded)
    {
        var names = new List<string>();
        var sequence = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var tag = sequence.PeekTag();
            if (tag == Dns || tag == Uri)
            {
                names.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            }
            else
            {
                sequence.ReadEncodedValue();
            }
        }

        return names;
    }
}
