using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kxds-tls-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task TlsPort_CertificateThere_SpeaksBothProtocols(int major)
    {
        WriteCertificate("first");
        await using var proxy = await StartAsync(major == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        using var client = Client(_ => { });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{proxy.App.TlsEndPoint}/")
        {
            Version = new Version(major, major == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[100_000]),
        };

        using var response = await client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);

        Assert.Equal((HttpStatusCode.OK, major, "100000"), (response.StatusCode, response.Version.Major, await response.Content.ReadAsStringAsync(Proxy.Token)));
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains("url_scheme=\"https\"", StringComparison.Ordinal), Proxy.Limit);
    }

    [Fact]
    public async Task TlsPort_FilesReplaced_ServesTheNewCertificateAfterAMinute()
    {
        WriteCertificate("first");
        await using var proxy = await StartAsync(HttpProtocols.Http1);
        Assert.Equal("CN=first", await NameAsync(proxy));
        WriteCertificate("second");
        Assert.Equal("CN=first", await NameAsync(proxy));

        proxy.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("CN=second", await NameAsync(proxy));
        File.WriteAllText(Path.Combine(_folder.FullName, "tls.crt"), "no certificate");
        proxy.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", await NameAsync(proxy));
    }

    [Theory]
    [InlineData("", SslProtocols.Tls12, false)]
    [InlineData("1.2", SslProtocols.Tls12, true)]
    [InlineData("", SslProtocols.Tls13, true)]
    public async Task TlsPort_Versions_FollowTheSettings(string least, SslProtocols offered, bool works)
    {
        WriteCertificate("first");
        await using var proxy = await StartAsync(HttpProtocols.Http1, new TlsSettings { MinVersion = least, CipherSuites = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" });
        using var client = Client(options => options.EnabledSslProtocols = offered);

        var request = client.GetStringAsync(new Uri($"https://{proxy.App.TlsEndPoint}/"), Proxy.Token);

        if (works)
            Assert.Equal("0", await request.Within(Proxy.Limit));
        else
            await Assert.ThrowsAsync<HttpRequestException>(() => request);
    }

    [Theory]
    [InlineData("1.1", "", "", "TLS MinVersion is \"1.1\", neither 1.2 nor 1.3")]
    [InlineData("1.3", "1.2", "", "no TLS version lies between 1.3 and 1.2")]
    [InlineData("", "", "TLS_NONE", "there is no TLS cipher suite TLS_NONE")]
    public void Settings_Malformed_SayWhich(string least, string most, string suites, string problem)
    {
        var settings = new TlsSettings { MinVersion = least, MaxVersion = most, CipherSuites = suites };

        Assert.Equal(problem, Assert.Throws<FormatException>(() => (settings.Protocols, settings.Suites)).Message);
    }

    private Task<Proxy> StartAsync(HttpProtocols protocols, TlsSettings? tls = null) => Proxy.StartAsync(
        async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.WriteAsync(body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        },
        options => options with { CertificateFolder = _folder.FullName, Tls = tls ?? new TlsSettings() },
        protocols);

    private static HttpClient Client(Action<SslClientAuthenticationOptions> change)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        change(handler.SslOptions);
        return new HttpClient(handler) { Timeout = Proxy.Limit };
    }

    private static async Task<string> NameAsync(Proxy proxy)
    {
        var name = "";
        using var client = Client(options => options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            name = certificate?.Subject ?? "";
            return name.Length > 0;
        });
        await client.GetStringAsync(new Uri($"https://{proxy.App.TlsEndPoint}/"), Proxy.Token).Within(Proxy.Limit);
        return name;
    }

    private void WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(Path.Combine(_folder.FullName, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder.FullName, "tls.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
