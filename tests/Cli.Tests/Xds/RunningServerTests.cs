using System.Diagnostics;
using System.Text.Json.Nodes;
using Knative.Xds.Testing;

namespace Knative.Xds.Cli.Tests.Xds;

/// <summary>The commands as users run them, on a running system.</summary>
public sealed class RunningServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Commands_OnARunningSystem_ShowWhatItServes()
    {
        var runtime = Directory.CreateTempSubdirectory("kxds-cli-");
        using var up = Start(runtime.FullName, "up", "--gateway", "embedded", "--port", "0");
        try
        {
            await Eventually.TrueAsync(async () => (await RunAsync(runtime.FullName, "routes", "-o", "json")).Output.Contains("hello.default.example.com", StringComparison.Ordinal), Patience);

            var explained = JsonNode.Parse((await RunAsync(runtime.FullName, "explain", "GET", "http://Hello.default.example.com/", "-o", "json")).Output)!;
            Assert.Equal("default/hello", (string?)explained["ingress"]);
            Assert.Equal("90 % to default/hello-00001/80, 10 % to default/hello-00002/80", (string?)explained["verdict"]);
            Assert.Equal(["external|hello.default.example.com"], explained["scopes"]!.AsArray().Select(scope => (string?)scope));

            var unknown = await RunAsync(runtime.FullName, "explain", "GET", "http://nobody.example.com/");
            Assert.Contains("404: no ingress has the host nobody.example.com on the external listener", unknown.Output, StringComparison.Ordinal);

            await Eventually.TrueAsync(async () => (await RunAsync(runtime.FullName, "diff")) is { Code: 0, Output: "Nothing differs.\n" }, Patience);
            var gateway = Assert.Single(JsonNode.Parse((await RunAsync(runtime.FullName, "status", "-o", "json")).Output)!["gateways"]!.AsArray())!;
            Assert.Equal(("kxds-embedded", "delta", true), ((string?)gateway["node"], (string?)gateway["variant"], (bool?)gateway["synced"]));

            var clusters = JsonNode.Parse((await RunAsync(runtime.FullName, "clusters", "hello.default.example.com", "-o", "json")).Output)!["clusters"]!.AsArray();
            Assert.Equal(["default/hello-00001/80", "default/hello-00002/80"], clusters.Select(cluster => (string?)cluster!["cluster"]));
            var endpoints = JsonNode.Parse((await RunAsync(runtime.FullName, "endpoints", "hello.default.example.com", "-o", "json")).Output)!["endpoints"]!.AsArray();
            Assert.All(endpoints, endpoint => Assert.EndsWith(":8012", (string?)endpoint!["address"], StringComparison.Ordinal));

            var (code, _, error) = await RunAsync(runtime.FullName, "routes", "nobody.example.com");
            Assert.Equal((2, "kxds: no ingress has the host nobody.example.com\n"), (code, error));
        }
        finally
        {
            await StopAsync(up);
            runtime.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Commands_NothingRuns_SayWhatToGive()
    {
        var runtime = Directory.CreateTempSubdirectory("kxds-cli-");
        var (code, _, error) = await RunAsync(runtime.FullName, "status");

        Assert.Equal(2, code);
        Assert.Equal("kxds: no `kxds up` runs here: give the address of an xDS server's admin port with --xds-server, such as http://127.0.0.1:9090\n", error);
        runtime.Delete();
    }

    private static async Task StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(CancellationToken.None).Within(Patience);
    }

    private static Process Start(string runtime, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["XDG_RUNTIME_DIR"] = runtime;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        var process = Process.Start(start)!;
        return process;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string runtime, params string[] arguments)
    {
        using var process = Start(runtime, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, error);
    }
}
