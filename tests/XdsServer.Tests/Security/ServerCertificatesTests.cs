using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Security;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace Knative.Xds.XdsServer.Tests.Security;

public sealed class ServerCertificatesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kxds-tls-");
    private readonly TestAuthority _authority = TestAuthority.Create();
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly FakeLogger<ServerCertificates> _log = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void NewFiles_AreWhatTheNextConnectionGets()
    {
        Write();
        using var certificates = Open();
        var first = certificates.Current;
        Assert.Same(first, certificates.Current);

        Write();

        Assert.NotEqual(first.Server.TargetCertificate.Thumbprint, certificates.Current.Server.TargetCertificate.Thumbprint);
        Assert.Contains(_log.Collector.GetSnapshot(), line => line.Id == 1100);
        Assert.Equal(1, Metric("kxds_xds_certificate_loads_total"));
    }

    [Theory]
    [InlineData("tls.crt", "no PEM", "--tls-certificate-file: there is no certificate in it")]
    [InlineData("ca.crt", "", "--tls-client-ca-file: there is no certificate in it")]
    [InlineData("tls.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "--tls-key-file: it is not the key of the certificate")]
    public void BadFile_KeepsTheFormerOnesAndSaysSoOnce(string file, string content, string problem)
    {
        Write();
        using var certificates = Open();
        var before = certificates.Current;

        File.WriteAllText(PathOf(file), content);

        Assert.Same(before, certificates.Current);
        Assert.Same(before, certificates.Current);
        var line = Assert.Single(_log.Collector.GetSnapshot(), line => line.Id == 1101);
        Assert.Contains(problem, line.Message, StringComparison.Ordinal);
        Assert.Equal(1, Metric("kxds_xds_certificate_problem"));
    }

    [Fact]
    public void BadFile_MadeGood_IsTakenAndTheProblemIsOver()
    {
        Write();
        using var certificates = Open();
        File.Delete(PathOf("tls.key"));
        var before = certificates.Current;
        Assert.Equal(1, Metric("kxds_xds_certificate_problem"));

        Write();

        Assert.NotSame(before, certificates.Current);
        Assert.Equal(0, Metric("kxds_xds_certificate_problem"));
    }

    [Fact]
    public void KeyOfAnotherCertificate_IsRefused()
    {
        Write();
        using var certificates = Open();
        var before = certificates.Current;
        File.WriteAllText(PathOf("tls.key"), _authority.Issue(["other"]).Key);

        Assert.Same(before, certificates.Current);
    }

    [Fact]
    public void CertificateThatHasEnded_IsRefusedAtStart()
    {
        var (certificate, key) = _authority.Issue(["xds.example"], TimeSpan.FromSeconds(-1));
        Write(certificate, key);

        var problem = Assert.Throws<CertificateException>(Open);

        Assert.StartsWith("--tls-certificate-file: the certificate has ended on", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadFile_WithoutAnyConnection_IsReportedByTheClock()
    {
        Write();
        using var certificates = Open();
        await certificates.StartAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(PathOf("tls.crt"), "bad");

        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            return Metric("kxds_xds_certificate_problem") == 1;
        });

        await certificates.StopAsync(TestContext.Current.CancellationToken);
    }

    private void Write()
    {
        var (certificate, key) = _authority.Issue(["xds.example"]);
        Write(certificate, key);
    }

    private void Write(string certificate, string key)
    {
        File.WriteAllText(PathOf("tls.crt"), certificate);
        File.WriteAllText(PathOf("tls.key"), key);
        File.WriteAllText(PathOf("ca.crt"), _authority.RootPem);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private ServerCertificates Open() => new(
        new XdsServerOptions { TlsCertificateFile = PathOf("tls.crt"), TlsKeyFile = PathOf("tls.key"), TlsClientCaFile = PathOf("ca.crt") },
        new SecurityMetrics(Metrics.WithCustomRegistry(_registry)), _time, _log);

    private double Metric(string name) => Exposition.Value(_registry, name);
}
