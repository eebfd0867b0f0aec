using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Knative.Xds.Testing;

/// <summary>A certificate authority of one test.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private readonly X509Certificate2 _root;

    private TestAuthority(X509Certificate2 root) => _root = root;

    /// <summary>Its own certificate, PEM.</summary>
    public string RootPem => _root.ExportCertificatePem();

    /// <summary>Makes an authority.</summary>
    public static TestAuthority Create(string name = "test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return new(request.CreateSelfSigned(now - Life, now + (2 * Life)));
    }

    /// <summary>Issues a certificate for both sides of TLS, for these names: URIs have <c>://</c> in them, IP addresses are added by <paramref name="address"/>.</summary>
    /// <param name="names">DNS names and URIs.</param>
    /// <param name="lifetime">From now on; default one day. A negative one has ended already.</param>
    /// <param name="address">An IP address.</param>
    public (string Certificate, string Key) Issue(string[] names, TimeSpan? lifetime = null, IPAddress? address = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(Names(names, address));
        var now = TimeProvider.System.GetUtcNow();
        // No leading zero, with or without a sign: programs print those differently.
        byte[] serial = [0x40, .. RandomNumberGenerator.GetBytes(8)];
        using var issued = request.Create(_root, now - (Life / 2), now + (lifetime ?? Life), serial);
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private static X509Extension Names(string[] names, IPAddress? address)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (name.Contains("://", StringComparison.Ordinal))
            {
                builder.AddUri(new Uri(name));
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        if (address is not null)
        {
            builder.AddIpAddress(address);
        }

        return builder.Build();
    }
}
