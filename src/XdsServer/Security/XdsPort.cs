using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Knative.Xds.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Knative.Xds.XdsServer.Security;

/// <summary>Opens the xDS port: mutual TLS, or plaintext where that is harmless or asked for.</summary>
internal static class XdsPort
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Adds the port to what the server listens on.</summary>
    /// <exception cref="FormatException">The options do not fit together; the message names them.</exception>
    public static void Listen(WebApplicationBuilder builder, XdsServerOptions options)
    {
        var endPoint = ListenAddress.Parse(options.Listen);
        var encrypted = IsEncrypted(options);
        if (IsOpenToOthers(options) && !options.AllowPlaintext)
        {
            throw new FormatException($"--listen {options.Listen}: an address that other machines reach needs --tls-certificate-file, --tls-key-file and --tls-client-ca-file, or --allow-plaintext");
        }

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (encrypted)
            {
                Encrypt(listen);
            }
        }));
        ListenToClients(builder, options);
        if (encrypted)
        {
            builder.Services.AddSingleton<ServerCertificates>();
            builder.Services.AddHostedService(services => services.GetRequiredService<ServerCertificates>());
        }
    }

    /// <summary>Whether the xDS port has mutual TLS.</summary>
    /// <exception cref="FormatException">Only a part of its files is given.</exception>
    public static bool IsEncrypted(XdsServerOptions options)
    {
        var given = new[] { options.TlsCertificateFile, options.TlsKeyFile, options.TlsClientCaFile }.Count(file => !string.IsNullOrEmpty(file));
        return given is 0 or 3 ? given == 3 : throw new FormatException("--tls-certificate-file, --tls-key-file and --tls-client-ca-file go together: give all three or none");
    }

    /// <summary>Whether other machines reach the port without TLS.</summary>
    public static bool IsOpenToOthers(XdsServerOptions options) => !IsEncrypted(options) && !IPAddress.IsLoopback(ListenAddress.Parse(options.Listen).Address);

    private static void ListenToClients(WebApplicationBuilder builder, XdsServerOptions options)
    {
        if (string.IsNullOrEmpty(options.ProxylessListen))
        {
            return;
        }

        var endPoint = ListenAddress.Parse(options.ProxylessListen);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => connection =>
            {
                connection.Features.Set(ClientPort.Mark);
                return next(connection);
            });
        }));
    }

    private static void Encrypt(ListenOptions listen)
    {
        var services = listen.ApplicationServices;
        var certificates = services.GetRequiredService<ServerCertificates>();
        var logger = services.GetRequiredService<ILogger<ServerCertificates>>();
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Handshake(certificates.Current, logger)) });
    }

    private static SslServerAuthenticationOptions Handshake(CertificateSet certificates, ILogger logger) => new()
    {
        ServerCertificateContext = certificates.Server,
        EnabledSslProtocols = SslProtocols.Tls13,
        ClientCertificateRequired = true,
        CertificateChainPolicy = Policy(certificates.ClientRoots),
        // A ticket would let a client back in whose certificate is not accepted any more.
        AllowTlsResume = false,
        RemoteCertificateValidationCallback = (_, _, _, errors) =>
        {
            if (errors != SslPolicyErrors.None)
            {
                SecurityLog.ClientCertificateRefused(logger, errors.ToString());
            }

            return errors == SslPolicyErrors.None;
        },
    };

    private static X509ChainPolicy Policy(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority publishes no lists; short lives take their place.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        policy.ApplicationPolicy.Add(new(ClientAuthentication));
        return policy;
    }
}
