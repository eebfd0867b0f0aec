using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Testing;

namespace Knative.Xds.Kube.Tests.Projections;

public sealed class CertificateProjectionTests
{
    private static readonly TestCertificate Good = TestCertificate.For("a.example.com");

    [Fact]
    public void Project_EcdsaPair_IsTakenAsItIs()
    {
        var projected = CertificateProjection.Project(Secret(Good.Chain, Good.PrivateKey));

        Assert.Empty(projected.Problems);
        Assert.Equal(Good.Chain, Encoding.UTF8.GetString([.. projected.Value!.Chain]));
        Assert.Equal(Good.PrivateKey, Encoding.UTF8.GetString([.. projected.Value.PrivateKey]));
    }

    [Theory]
    [InlineData(2048, null)]
    [InlineData(1024, "data[tls.key] has 1024 bits: an RSA key needs 2048.")]
    public void Project_RsaPair_NeedsWhatEnvoyNeeds(int bits, string? problem)
    {
        using var key = RSA.Create(bits);
        using var certificate = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));

        // PKCS#1, as openssl genrsa -traditional writes it.
        var projected = CertificateProjection.Project(Secret(certificate.ExportCertificatePem(), key.ExportRSAPrivateKeyPem()));

        Assert.Equal(problem, projected.Problems.SingleOrDefault()?.Message);
    }

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public void Project_EcdsaPairOnACurveThatEnvoyTakes_IsTaken(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));

        // SEC 1, as openssl ecparam -genkey writes it.
        Assert.Empty(CertificateProjection.Project(Secret(ChainOf(key), key.ExportECPrivateKeyPem())).Problems);
    }

    [Theory]
    [InlineData("1.3.132.0.10", "secP256k1")]
    [InlineData("1.3.132.0.33", "nistP224")]
    [InlineData("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1")]
    public void Project_EcdsaPairOnAnotherCurve_NamesTheCurve(string curve, string name)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromValue(curve));

        var projected = CertificateProjection.Project(Secret(ChainOf(key), key.ExportPkcs8PrivateKeyPem()));

        Assert.Null(projected.Value);
        Assert.Equal($"data[tls.key] is on the curve {name}: an ECDSA key needs P-256, P-384 or P-521.", Assert.Single(projected.Problems).Message);
    }

    [Fact]
    public void Project_EcdsaPairWhoseCurveIsSpeltOut_IsAProblem()
    {
        // Envoy takes a curve by its name alone, be it P-256.
        using var named = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(named.ExportExplicitParameters(includePrivateParameters: true));
        var publicKey = PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _);
        var subject = new X500DistinguishedName("CN=a");
        using var certificate = new CertificateRequest(subject, publicKey, HashAlgorithmName.SHA256)
            .Create(subject, X509SignatureGenerator.CreateForECDsa(named), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100), [1]);

        var projected = CertificateProjection.Project(Secret(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem()));

        Assert.Equal("data[tls.key] is on a curve without a name: an ECDSA key needs P-256, P-384 or P-521.", Assert.Single(projected.Problems).Message);
    }

    [Fact]
    public void Project_ChainOfTwo_IsCheckedByItsLeaf()
    {
        Assert.Empty(CertificateProjection.Project(Secret(Good.Chain + "\n" + TestCertificate.For("ca").Chain, Good.PrivateKey)).Problems);
    }

    [Fact]
    public void Project_KeyOfAnotherCertificate_IsAProblem()
    {
        var projected = CertificateProjection.Project(Secret(Good.Chain, TestCertificate.For("b").PrivateKey));

        Assert.Null(projected.Value);
        Assert.Equal(new Problem(new("default", "tls"), "data[tls.key]", "InvalidValue", "data[tls.key] is not the key of the certificate."), Assert.Single(projected.Problems));
    }

    [Theory]
    [InlineData("", "data[tls.crt] is missing.")]
    [InlineData("not a certificate", "data[tls.crt] holds no PEM block CERTIFICATE.")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "data[tls.crt] cannot be read as certificates in PEM.")]
    public void Project_BadChain_NamesTheEntry(string chain, string message)
    {
        Assert.Equal(message, Assert.Single(CertificateProjection.Project(Secret(chain, Good.PrivateKey)).Problems).Message);
    }

    [Theory]
    [InlineData("", "data[tls.key] is missing.")]
    [InlineData("hunter2", "data[tls.key] cannot be read as a private key in PEM, without password, of the certificate's kind.")]
    [InlineData("-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----", "data[tls.key] cannot be read as a private key in PEM, without password, of the certificate's kind.")]
    public void Project_BadKey_NamesTheEntryAndShowsNothingOfIt(string key, string message)
    {
        Assert.Equal(message, Assert.Single(CertificateProjection.Project(Secret(Good.Chain, key)).Problems).Message);
    }

    [Fact]
    public void Project_NoData_NamesBothEntries()
    {
        var projected = CertificateProjection.Project(new V1Secret { Metadata = new V1ObjectMeta { Name = "tls", NamespaceProperty = "default" } });

        Assert.Equal(["data[tls.crt] is missing.", "data[tls.key] is missing."], projected.Problems.Select(problem => problem.Message));
    }

    private static string ChainOf(ECDsa key)
    {
        using var certificate = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.ExportCertificatePem();
    }

    private static V1Secret Secret(string chain, string key) => new()
    {
        Metadata = new V1ObjectMeta { Name = "tls", NamespaceProperty = "default" },
        Data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.UTF8.GetBytes(chain), ["tls.key"] = Encoding.UTF8.GetBytes(key) },
    };
}
