using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Cli.Tests;

public sealed class UpErrorTests
{
    [Fact]
    public async Task Up_OnAPortInUse_SaysWhichAndWhatToDo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, error) = await RunAsync("up", "--gateway", "embedded", "--port", $"{port}");

        Assert.Equal(2, code);
        Assert.Equal($"kxds: port {port} on 127.0.0.1 is in use: choose another with --port (it and the next one must be free)\n", error);
    }

    [Fact]
    public async Task Up_WithoutTheManifestFolder_NamesIt()
    {
        var (code, error) = await RunAsync("up", "--gateway", "embedded", "--port", "0", "--manifests", "no-such-folder");

        Assert.Equal(2, code);
        Assert.Equal("kxds: there is no folder no-such-folder to apply manifests from\n", error);
    }

    [Fact]
    public async Task Up_WithoutTheKubeconfig_NamesIt()
    {
        var (code, error) = await RunAsync("up", "--gateway", "embedded", "--port", "0", "--kubeconfig", "no-such-file");

        Assert.Equal(2, code);
        Assert.StartsWith("kxds: the Kubernetes API of no-such-file cannot be used: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
