using Knative.Xds.Testing;

namespace Knative.Xds.Cli.Tests.Xds;

public sealed class BootstrapCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kxds-bootstrap-");

    [Fact]
    public async Task Bootstrap_SecretsThatCannotBeWritten_IsAnErrorAndPrintsNothing()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        var secrets = Path.Combine(file, "secrets");

        var (code, output, error) = await KxdsProcess.RunAsync(_folder.FullName, "bootstrap", "xds.example.com", "--certificates", "/certificates", "--secrets", secrets);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"kxds: --secrets {secrets}: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Bootstrap_WithCertificates_PrintsItAndWritesTheFilesThatItNames()
    {
        var secrets = Path.Combine(_folder.FullName, "secrets");

        var (code, output, error) = await KxdsProcess.RunAsync(_folder.FullName, "bootstrap", "xds.example.com", "--certificates", "/certificates", "--secrets", secrets);

        Assert.Equal((0, ""), (code, error));
        var files = Directory.GetFiles(secrets).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.Contains(file, output, StringComparison.Ordinal));
        Assert.All(files, file => Assert.Contains("/certificates/", File.ReadAllText(file), StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
