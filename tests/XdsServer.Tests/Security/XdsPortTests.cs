using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Tests.Security;

public sealed class XdsPortTests
{
    [Theory]
    [InlineData("0.0.0.0:18000")]
    [InlineData("10.1.2.3:18000")]
    [InlineData("[::]:18000")]
    public void Plaintext_OnAnAddressThatOthersReach_NeedsAnExplicitOption(string listen)
    {
        var problem = Assert.Throws<FormatException>(() => XdsServerApp.Create(new XdsServerOptions { Listen = listen }));

        Assert.Contains("--allow-plaintext", problem.Message, StringComparison.Ordinal);
        Assert.Contains(listen, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.77.0.2:18000", false)]
    [InlineData("[::1]:18000", false)]
    [InlineData("0.0.0.0:18000", true)]
    public async Task Plaintext_OnLoopbackOrByOption_IsFine(string listen, bool allowed)
    {
        await using var app = XdsServerApp.Create(new XdsServerOptions { Listen = listen, AllowPlaintext = allowed });

        Assert.NotNull(app);
    }

    [Fact]
    public void Tls_WithOnlySomeOfItsFiles_NamesThemAll()
    {
        var problem = Assert.Throws<FormatException>(() => XdsPort.IsEncrypted(new XdsServerOptions { TlsCertificateFile = "a", TlsKeyFile = "b" }));

        Assert.Equal("--tls-certificate-file, --tls-key-file and --tls-client-ca-file go together: give all three or none", problem.Message);
    }
}
