using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Knative.Xds.Fuzz;

/// <summary>Secrets as JSON: with a certificate, with one in pieces, with none.</summary>
internal static class SecretSamples
{
    /// <summary>All of them.</summary>
    public static IEnumerable<string> All
    {
        get
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var now = TimeProvider.System.GetUtcNow();
            using var certificate = new CertificateRequest("CN=a.example.com", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            var (chain, pem) = (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
            return [Of(chain, pem), Of(chain[..^40], pem), Of(chain, pem.Replace('A', 'B')), Of("", ""), Of(pem, chain)];
        }
    }

    private static string Of(string chain, string key) =>
        new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "s", ["namespace"] = "ns" },
            ["data"] = new JsonObject { ["tls.crt"] = Encoded(chain), ["tls.key"] = Encoded(key), ["ca.crt"] = Encoded(chain) },
        }.ToJsonString();

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
