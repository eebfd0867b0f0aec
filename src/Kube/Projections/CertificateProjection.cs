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

    private static string? EcdsaFault(ECDsa certified, string pem)
    {
        using var own = ECDsa.Create();
        own.ImportFromPem(pem);
        return own.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certified.ExportSubjectPublicKeyInfo()) ? null : "is not the key of the certificate";
    }
}
