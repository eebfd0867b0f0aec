using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Knative.Xds.Testing;

/// <summary>A certificate made on the spot: of ECDSA P-256, valid for a day, signed by itself.</summary>
public sealed class TestCertificate
{
    private TestCertificate(string chain, string privateKey, string thumbprint) => (Chain, PrivateKey, Thumbprint) = (chain, privateKey, thumbprint);

    /// <summary>PEM of the certificate.</summary>
    public string Chain { get; }
    /// <summary>PEM of its key (PKCS#8).</summary>
    public string PrivateKey { get; }
    /// <summary>Tells certificates apart (SHA-1, hexadecimal).</summary>
    public string Thumbprint { get; }

    /// <summary>Makes one for these DNS names.</summary>
    public static TestCertificate For(params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + hosts[0], key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        return new(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), certificate.Thumbprint);
    }
}
