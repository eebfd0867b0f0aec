using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Projections;

/// <summary>Secret to <see cref="CertificatePair"/>, checked as Envoy will check it: a bad pair would be refused there.</summary>
/// <remarks>Pure, total. Neither expiry nor host names are checked: clients do that, and an expired certificate beats a closed door for finding out why.</remarks>
public static class CertificateProjection
{
    private const string ChainEntry = "tls.crt";
    private const string KeyEntry = "tls.key";
    // What BoringSSL takes (Envoy refuses less).
    private const int MinRsaBits = 2048;
    private const string EllipticKey = "1.2.840.10045.2.1";
    // P-256, P-384 and P-521.
    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    /// <summary>Projects one Secret; the value is null when there is a problem. No message holds any of the Secret's data.</summary>
    public static Projected<CertificatePair> Project(V1Secret secret)
    {
        var key = KubeJson.KeyOf(secret);
        var problems = new ProblemList(key);
        var chain = Entry(secret, ChainEntry, problems);
        var privateKey = Entry(secret, KeyEntry, problems);
        if (problems.IsEmpty && Fault(chain, privateKey) is var (field, fault))
        {
            problems.Invalid($"data[{field}]", fault);
        }

        var pair = problems.IsEmpty ? new CertificatePair { Secret = key, Chain = [.. chain], PrivateKey = [.. privateKey] } : null;
        return new(pair, problems.ToImmutable());
    }

    private static byte[] Entry(V1Secret secret, string name, ProblemList problems)
    {
        if (secret.Data?.TryGetValue(name, out var value) == true && value is { Length: > 0 })
        {
            return value;
        }

        problems.Missing($"data[{name}]");
        return [];
    }

    private static (string Field, string Fault)? Fault(byte[] chain, byte[] privateKey)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.UTF8.GetString(chain));
            if (certificates.Count == 0)
            {
                return (ChainEntry, "holds no PEM block CERTIFICATE");
            }

            return KeyFault(certificates[0], Encoding.UTF8.GetString(privateKey)) is { } fault ? (KeyEntry, fault) : null;
        }
        catch (CryptographicException)
        {
            return (ChainEntry, "cannot be read as certificates in PEM");
        }
        finally
        {
            foreach (var certificate in certificates)
            {
                certificate.Dispose();
            }
        }
    }

    private static string? KeyFault(X509Certificate2 leaf, string pem)
    {
        if (leaf.PublicKey.Oid.Value == EllipticKey && CurveFault(leaf.PublicKey.EncodedParameters?.RawData) is { } fault)
        {
            return fault;
        }

        using var rsa = leaf.GetRSAPublicKey();
        using var ecdsa = leaf.GetECDsaPublicKey();
        try
        {
            return (rsa, ecdsa) switch
            {
                (not null, _) => RsaFault(rsa, pem),
                (_, not null) => EcdsaFault(ecdsa, pem),
                _ => "belongs to a certificate that is neither of RSA nor of ECDSA",
            };
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return "cannot be read as a private key in PEM, without password, of the certificate's kind";
        }
    }

    private static string? RsaFault(RSA certified, string pem)
    {
        using var own = RSA.Create();
        own.ImportFromPem(pem);
        return certified.KeySize < MinRsaBits ? $"has {certified.KeySize} bits: an RSA key needs {MinRsaBits}"
            : own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certified.ExportSubjectPublicKeyInfo()) ? null
            : "is not the key of the certificate";
    }

    /// <remarks>Read from the certificate itself, as our own library may not know the curve. A curve that is spelt out in numbers is taken by none of its names.</remarks>
    private static string? CurveFault(byte[]? parameters)
    {
        const string Needed = "an ECDSA key needs P-256, P-384 or P-521";
        if (!Asn1Tag.TryDecode(parameters, out var tag, out _) || tag != Asn1Tag.ObjectIdentifier)
        {
            return $"is on a curve without a name: {Needed}";
        }

        var curve = new Oid(AsnDecoder.ReadObjectIdentifier(parameters, AsnEncodingRules.DER, out _));
        return Curves.Contains(curve.Value) ? null : $"is on the curve {curve.FriendlyName ?? curve.Value}: {Needed}";
    }

    private static string? EcdsaFault(ECDsa certified, string pem)
    {
        using var own = ECDsa.Create();
        own.ImportFromPem(pem);
        return own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certified.ExportSubjectPublicKeyInfo()) ? null : "is not the key of the certificate";
    }
}
