using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Integration.Xds;

/// <summary>A folder with a certificate, its key and the authority that it trusts, laid out and replaced as Kubernetes does with a mounted Secret.</summary>
internal sealed class TlsFolder : IDisposable
{
    public const string ServerName = "xds.test";
    private const string Data = "..data";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kxds-tls-");
    private int _generation;

    /// <summary>Where the files are.</summary>
    public string Path => _folder.FullName;

    /// <summary>Replaces all three files at once: what they are links to changes, they themselves do not.</summary>
    public void Write(string certificate, string key, string trusted)
    {
        var generation = $"..{++_generation}";
        var folder = Directory.CreateDirectory(PathOf(generation)).FullName;
        foreach (var (name, content) in new[] { ("tls.crt", certificate), ("tls.key", key), ("ca.crt", trusted) })
        {
            File.WriteAllText(System.IO.Path.Combine(folder, name), content);
            if (!File.Exists(PathOf(name)))
            {
                File.CreateSymbolicLink(PathOf(name), System.IO.Path.Combine(Data, name));
            }
        }

        // One rename, as kubelet does it; the class library cannot rename a link to a folder over another.
        File.CreateSymbolicLink(PathOf(generation + ".link"), generation);
        using var rename = Process.Start("mv", ["-fT", PathOf(generation + ".link"), PathOf(Data)]);
        rename.WaitForExit();
        Assert.Equal(0, rename.ExitCode);
    }

    /// <summary>The same, with a new certificate of an authority; returns its serial number, hexadecimal in lower case.</summary>
    public string Write(TestAuthority authority, string trusted, params string[] names)
    {
        var (certificate, key) = authority.Issue(names, address: IPAddress.Loopback);
        Write(certificate, key, trusted);
        using var issued = X509Certificate2.CreateFromPem(certificate);
        return issued.SerialNumber.ToLowerInvariant();
    }

    /// <summary>Makes an xDS server use the files.</summary>
    public void Configure(XdsServerOptions options) =>
        (options.TlsCertificateFile, options.TlsKeyFile, options.TlsClientCaFile) = (PathOf("tls.crt"), PathOf("tls.key"), PathOf("ca.crt"));

    /// <summary>A channel to an xDS server that shows a certificate; each makes a connection of its own.</summary>
    public static GrpcChannel Channel(int port, TestAuthority trusted, (string Certificate, string Key)? client)
    {
        var root = X509Certificate2.CreateFromPem(trusted.RootPem);
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = ServerName,
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck },
            ClientCertificateContext = client is { } pair ? SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(pair.Certificate, pair.Key), null, offline: true) : null,
        };
        return GrpcChannel.ForAddress($"https://127.0.0.1:{port}", new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { SslOptions = tls }, DisposeHttpClient = true });
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string PathOf(string name) => System.IO.Path.Combine(_folder.FullName, name);
}
