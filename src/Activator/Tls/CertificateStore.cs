using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Knative.Xds.Activation.Tls;

/// <summary>The activator's own certificate, and whom it trusts among backends.</summary>
/// <remarks>Shape: what cannot be read leaves the last good one in use. Threading: one watcher writes, handshakes read.
/// Source: knative/serving pkg/activator/certificate.</remarks>
internal sealed class CertificateStore(ActivatorOptions options, ILogger<CertificateStore> logger)
{
    private const string BackendName = "data-plane.knative.dev";
    private const string NamespacePrefix = "kn-user-";
    private static readonly List<SslApplicationProtocol> BothProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private readonly SslProtocols _protocols = TlsSettings.Protocols(options.TlsMinVersion, options.TlsMaxVersion);
    private ImmutableDictionary<string, X509Certificate2Collection> _trusted = ImmutableDictionary<string, X509Certificate2Collection>.Empty;
    private volatile SslStreamCertificateContext? _own;

    /// <summary>Takes over the own certificate and its key.</summary>
    public void SetOwn(byte[]? chain, byte[]? key)
    {
        if (chain is null || key is null)
        {
            return;
        }

        try
        {
            using var leaf = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(chain), Encoding.UTF8.GetString(key));
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(Encoding.UTF8.GetString(chain));
            // The platform's handshake wants a key that was imported.
            _own = SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null), certificates, offline: true);
        }
        catch (CryptographicException exception)
        {
            ActivatorLog.CertificateUnreadable(logger, "tls.crt", exception.Message);
        }
    }

    /// <summary>Takes over the authorities of one source; null when that is gone.</summary>
    public void SetAuthorities(string source, string? pem)
    {
        if (pem is null)
        {
            ImmutableInterlocked.TryRemove(ref _trusted, source, out _);
            return;
        }

        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            ImmutableInterlocked.AddOrUpdate(ref _trusted, source, certificates, (_, _) => certificates);
        }
        catch (CryptographicException exception)
        {
            ActivatorLog.CertificateUnreadable(logger, source, exception.Message);
        }
    }

    /// <summary>How a handshake with a client goes.</summary>
    /// <remarks>Errors: <see cref="AuthenticationException"/> while there is no certificate.</remarks>
    public SslServerAuthenticationOptions ForServer() => new()
    {
        ServerCertificateContext = _own ?? throw new AuthenticationException("there is no certificate yet"),
        EnabledSslProtocols = _protocols,
        ApplicationProtocols = BothProtocols,
    };

    /// <summary>How a handshake with a pod of a namespace goes: its certificate must be of an authority that we trust, and of that namespace.</summary>
    public SslClientAuthenticationOptions ForBackend(string ns, bool http2) => new()
    {
        TargetHost = BackendName,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [http2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => certificate is X509Certificate2 leaf && IsTrusted(leaf, chain) && IsOf(leaf, NamespacePrefix + ns.ToLowerInvariant()),
    };

    private bool IsTrusted(X509Certificate2 leaf, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var certificates in _trusted.Values)
        {
            chain.ChainPolicy.CustomTrustStore.AddRange(certificates);
        }

        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(leaf);
    }

    private static bool IsOf(X509Certificate2 leaf, string name) =>
        leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Any(extension => extension.EnumerateDnsNames().Contains(name, StringComparer.Ordinal));
}
