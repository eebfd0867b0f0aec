using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Knative.Xds.Testing;

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
    public async Task Up_WithDataAndAnotherApi_SaysThatOneIsEnough()
    {
        var (code, error) = await RunAsync("up", "--data", "a", "--kubeconfig", "b");

        Assert.Equal(2, code);
        Assert.StartsWith("--data keeps the objects of the embedded API, which --kubeconfig takes the place of: give one of them\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "abc", "--port must be 0 (any free one) to 65534, not 'abc'\n")]
    [InlineData("--port", "65535", "--port must be 0 (any free one) to 65534, not '65535'\n")]
    [InlineData("--gateway", "nonsense", "--gateway must be envoy, embedded or auto, not 'nonsense'\n")]
    [InlineData("--gateway", "1", "--gateway must be envoy, embedded or auto, not '1'\n")]
    public async Task Up_WithAValueThatIsNone_NamesTheOptionAndWhatItTakes(string option, string value, string message)
    {
        var (code, error) = await RunAsync("up", option, value);

        Assert.Equal(2, code);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_WithAnEmptyKubeconfig_NamesIt()
    {
        var file = Path.GetTempFileName();

        var (code, error) = await RunAsync("up", "--gateway", "embedded", "--port", "0", "--kubeconfig", file);

        File.Delete(file);
        Assert.Equal(2, code);
        Assert.StartsWith($"kxds: the Kubernetes API of {file} cannot be used: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Up_WithAnEnvoyThatEnds_GivesItsLastWords()
    {
        var envoy = Path.Combine(Directory.CreateTempSubdirectory("kxds-envoy-").FullName, "envoy");
        await File.WriteAllTextAsync(envoy, "#!/bin/sh\necho GLIBC_2.99 not found >&2\nexit 3\n", TestContext.Current.CancellationToken);
        using (var mode = Process.Start("chmod", ["+x", envoy]))
        {
            await mode.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var (code, error) = await RunAsync(new Dictionary<string, string> { ["ENVOY_BIN"] = envoy }, "up", "--gateway", "envoy", "--port", "0");

        Directory.Delete(Path.GetDirectoryName(envoy)!, recursive: true);
        Assert.Equal(2, code);
        Assert.StartsWith($"kxds: Envoy ({envoy}) ended with code 3: GLIBC_2.99 not found (see envoy.log and kxds.log in ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Up_WithAnEnvoyThatIsNotThere_DoesNotTakeAnother()
    {
        var (code, error) = await RunAsync(new Dictionary<string, string> { ["ENVOY_BIN"] = "/no/envoy" }, "up", "--gateway", "envoy", "--port", "0");

        Assert.Equal(2, code);
        Assert.Equal("kxds: --gateway envoy: no Envoy was found; set ENVOY_BIN to its path, put it on PATH, or use --gateway embedded\n", error);
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

    [Theory]
    [InlineData("kind: [", "line 2")]
    [InlineData("- a", "a manifest must be an object with apiVersion, kind and metadata")]
    [InlineData("{apiVersion: v1, kind: ConfigMap, metadata: text}", "ConfigMap without a name: metadata must be an object, not \"text\"")]
    [InlineData("{apiVersion: v1, kind: ConfigMap, metadata: {name: 123}}", "ConfigMap without a name: metadata.name is missing")]
    [InlineData("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: 1}}", "ConfigMap a: ")]
    public async Task Up_WithAMalformedManifest_SaysWhatIsWrongInOneLineAndGoesOn(string manifest, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("kxds-manifests-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "bad.yaml"), manifest, TestContext.Current.CancellationToken);
        using var up = Start("up", "--gateway", "embedded", "--port", "0", "--manifests", folder.FullName);
        var lines = new List<string>();
        while (await up.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within(TimeSpan.FromSeconds(90)) is { } line)
        {
            lines.Add(line);
            if (line == "Try")
            {
                break;
            }
        }

        using var stop = Process.Start("kill", ["-TERM", $"{up.Id}"]);
        await up.WaitForExitAsync(TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);
        Assert.StartsWith($"manifest not applied: bad.yaml: {expected}", Assert.Single(lines, line => line.StartsWith("manifest not applied", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("Knative.Xds is up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Up_WithAnUnusableDataFolder_NamesIt()
    {
        var (code, error) = await RunAsync("up", "--gateway", "embedded", "--port", "0", "--data", "/proc/none");

        Assert.Equal(2, code);
        Assert.StartsWith("kxds: the data folder /proc/none cannot be used: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    private static Task<(int Code, string Error)> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    private static async Task<(int Code, string Error)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }

    private static Process Start(params string[] arguments) => Start([], arguments);

    private static Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }
}
