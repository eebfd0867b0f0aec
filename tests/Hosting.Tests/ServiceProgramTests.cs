using System.Diagnostics;

namespace Knative.Xds.Hosting.Tests;

public sealed class ServiceProgramTests
{
    [Theory]
    [InlineData("XdsServer", "--no-such-option", "--no-such-option is not an option of this program\n")]
    [InlineData("Autoscaler", "--no-such-option", "--no-such-option is not an option of this program\n")]
    [InlineData("Activator", "--no-such-option", "--no-such-option is not an option of this program\n")]
    [InlineData("XdsServer", "--listen=10.0.0.1:18000", "--listen 10.0.0.1:18000: an address that other machines reach needs --tls-certificate-file, --tls-key-file and --tls-client-ca-file, or --allow-plaintext\n")]
    public async Task Run_WithOptionsThatDoNotFit_SaysSoInOneLine(string service, string argument, string expected)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(own.Parent!.Parent!.FullName, service, own.Name, $"Knative.Xds.{service}.dll"));
        start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((2, expected), (process.ExitCode, error));
    }
}
