using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>As <see cref="EnvoyStack"/>, with the listeners for TLS.</summary>
public sealed class TlsStack : IAsyncLifetime
{
    internal XdsStack Server { get; private set; } = null!;
    internal RealEnvoy Gateway { get; private set; } = null!;
    internal Backend A { get; private set; } = null!;
    internal IPEndPoint External { get; private set; } = null!;
    internal IPEndPoint ExternalTls { get; private set; } = null!;
    internal IPEndPoint LocalTls { get; private set; } = null!;
    internal IPEndPoint Local { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (RealComponents.Envoy is null)
        {
            return;
        }

        var listeners = FixedEndPoint.Free(4);
        (External, Local, ExternalTls, LocalTls) = (IPEndPoint.Parse(listeners[0]), IPEndPoint.Parse(listeners[1]), IPEndPoint.Parse(listeners[2]), IPEndPoint.Parse(listeners[3]));
        Server = await XdsStack.StartAsync(options => (options.ExternalListen, options.LocalListen, options.ExternalTlsListen, options.LocalTlsListen) = (listeners[0], listeners[1], listeners[2], listeners[3]));
        Gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = Server.XdsPort, ExternalListen = listeners[0] });
        A = await Backend.StartAsync("a");
        await Server.ServiceAsync("svc-a", A.Port);
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Gateway.DisposeAsync();
            await Server.DisposeAsync();
            await A.DisposeAsync();
        }
    }

    /// <summary>Skips the test where there is no Envoy.</summary>
    public void Need() => RealComponents.OrSkip(RealComponents.Envoy, "envoy");

    /// <summary>Shakes hands and says whose certificate came; null when the gateway refused.</summary>
    internal static async Task<string?> HandshakeAsync(IPEndPoint listener, string host)
    {
        try
        {
            await using var connection = await ConnectAsync(listener, host);
            return connection.RemoteCertificate!.GetCertHashString();
        }
        catch (Exception refusal) when (refusal is AuthenticationException or IOException)
        {
            return null;
        }
    }

    /// <summary>A connection with TLS, whatever the certificate.</summary>
    [SuppressMessage("Security", "CA5359", Justification = "The test looks at the certificate itself.")]
    internal static async Task<SslStream> ConnectAsync(IPEndPoint listener, string host)
    {
        var socket = await FixedEndPoint.ConnectAsync(listener, CancellationToken.None);
        var stream = new SslStream(new System.Net.Sockets.NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that trusts exactly one certificate.</summary>
    internal static HttpClient Client(IPEndPoint listener, TestCertificate trusted)
    {
        var handler = FixedEndPoint.Handler(listener);
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(trusted.Chain));
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
    }
}
