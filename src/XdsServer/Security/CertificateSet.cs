using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Knative.Xds.XdsServer.Security;

/// <summary>What the three files of the xDS port held at one moment.</summary>
/// <param name="Fingerprint">Hash of their content.</param>
/// <param name="Server">Our certificate with its chain.</param>
/// <param name="NotAfter">When our certificate ends.</param>
/// <param name="ClientRoots">What client certificates must go back to.</param>
internal sealed record CertificateSet(string Fingerprint, SslStreamCertificateContext Server, DateTimeOffset NotAfter, X509Certificate2Collection ClientRoots)
{
    /// <summary>Reads the files' content.</summary>
    /// <exception cref="CertificateException">It is not usable; the message says which option's file and why.</exception>
    public static CertificateSet Parse(CertificateFiles files, DateTimeOffset now)
    {
        var chain = Certificates(files.Certificate, "--tls-certificate-file");
        var leaf = WithKey(files);
        if (leaf.NotAfter.ToUniversalTime() <= now)
        {
            throw new CertificateException($"--tls-certificate-file: the certificate has ended on {leaf.NotAfter.ToUniversalTime():u}");
        }

        var rest = new X509Certificate2Collection(chain.Skip(1).ToArray());
        return new(FingerprintOf(files), SslStreamCertificateContext.Create(leaf, rest, offline: true), leaf.NotAfter.ToUniversalTime(), Certificates(files.ClientCa, "--tls-client-ca-file"));
    }

    /// <summary>Hash of the files' content.</summary>
    public static string FingerprintOf(CertificateFiles files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{files.Certificate}\0{files.Key}\0{files.ClientCa}")));

    private static X509Certificate2Collection Certificates(string pem, string option)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException malformed)
        {
            throw new CertificateException($"{option}: {malformed.Message}", malformed);
        }

        return found.Count > 0 ? found : throw new CertificateException($"{option}: there is no certificate in it");
    }

    private static X509Certificate2 WithKey(CertificateFiles files)
    {
        try
        {
            return X509Certificate2.CreateFromPem(files.Certificate, files.Key);
        }
        catch (Exception mismatch) when (mismatch is CryptographicException or ArgumentException)
        {
            throw new CertificateException($"--tls-key-file: it is not the key of the certificate: {mismatch.Message}", mismatch);
        }
    }
}
