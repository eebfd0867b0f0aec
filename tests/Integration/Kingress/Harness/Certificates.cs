using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A self-signed certificate for some hosts, as its own root.</summary>
internal sealed class Certificates : IDisposable
{
    private Certificates(X509Certificate2 certificate) => Certificate = certificate;

    public X509Certificate2 Certificate { get; }

    /// <summary>ECDSA P-256, valid for an hour from five minutes ago.</summary>
    public static Certificates For(params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hosts[0]}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            names.AddDnsName(host);
        }

        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return new Certificates(request.CreateSelfSigned(now.AddMinutes(-5), now.AddHours(1)));
    }

    /// <summary>The chain in PEM.</summary>
    public string Pem => Certificate.ExportCertificatePem();

    /// <summary>The PKCS#8 key in PEM.</summary>
    public string KeyPem => Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();

    /// <summary>A TLS Secret as Knative's certificate controllers label it.</summary>
    public V1Secret Secret(string namespaceName, string name) => new()
    {
        ApiVersion = "v1",
        Kind = "Secret",
        Type = "kubernetes.io/tls",
        Metadata = new V1ObjectMeta { NamespaceProperty = namespaceName, Name = name, Labels = new Dictionary<string, string> { ["networking.internal.knative.dev/certificate-uid"] = name } },
        Data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.ASCII.GetBytes(Pem), ["tls.key"] = Encoding.ASCII.GetBytes(KeyPem) },
    };

    /// <summary>Trusts this certificate alone.</summary>
    public X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Certificate },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    public void Dispose() => Certificate.Dispose();
}
