using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>The certificate in a folder, read again when its files change.</summary>
/// <remarks>Errors: files that cannot be read leave the last good certificate in use and are logged. Threading: one timer writes, handshakes read. Source: knative/pkg certificate watcher: <c>tls.crt</c> and <c>tls.key</c>, looked at once a minute.</remarks>
internal sealed class CertificateStore : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private byte[] _seen = [];
    private volatile SslStreamCertificateContext? _current;

    /// <remarks>Errors: those of the first reading, as the program cannot serve without a certificate.</remarks>
    public CertificateStore(string folder, TimeProvider timeProvider, ILogger logger)
    {
        (_certificateFile, _keyFile) = Files(folder);
        _logger = logger;
        Read();
        _timer = timeProvider.CreateTimer(static state => ((CertificateStore)state!).Refresh(), this, Period, Period);
    }

    /// <summary>The certificate with its chain.</summary>
    public SslStreamCertificateContext Current => _current!;

    /// <summary>Whether the folder holds a certificate and its key.</summary>
    public static bool Exists(string folder)
    {
        var (certificate, key) = Files(folder);
        return File.Exists(certificate) && File.Exists(key);
    }

    public void Dispose() => _timer.Dispose();

    private static (string Certificate, string Key) Files(string folder) => (Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"));

    private void Refresh()
    {
        try
        {
            Read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            QueueLog.CertificateUnreadable(_logger, error, _certificateFile);
        }
    }

    private void Read()
    {
        var (certificates, key) = (File.ReadAllText(_certificateFile), File.ReadAllText(_keyFile));
        var hash = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(certificates + key));
        if (hash.AsSpan().SequenceEqual(_seen))
            return;
        var leaf = X509Certificate2.CreateFromPem(certificates, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificates);
        _current = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        if (_seen.Length > 0)
            QueueLog.CertificateReplaced(_logger, leaf.Thumbprint);
        _seen = hash;
    }
}
