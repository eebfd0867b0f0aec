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
        using var up = KxdsProcess.Start(runtime.FullName, "up", "--gateway", "embedded", "--port", "0");
        try
        {
            await Eventually.TrueAsync(async () => (await KxdsProcess.RunAsync(runtime.FullName, "routes", "-o", "json")).Output.Contains("hello.default.example.com", StringComparison.Ordinal), Patience);

            var explained = JsonNode.Parse((await KxdsProcess.RunAsync(runtime.FullName, "explain", "GET", "http://Hello.default.example.com/", "-o", "json")).Output)!;
            Assert.Equal("default/hello", (string?)explained["ingress"]);
            Assert.Equal("90 % to default/hello-00001/80, 10 % to default/hello-00002/80", (string?)explained["verdict"]);
            Assert.Equal(["external|hello.default.example.com"], explained["scopes"]!.AsArray().Select(scope => (string?)scope));

            var unknown = await KxdsProcess.RunAsync(runtime.FullName, "explain", "GET", "http://nobody.example.com/");
            Assert.Contains("404: no ingress has the host nobody.example.com on the external listener", unknown.Output, StringComparison.Ordinal);

            await Eventually.TrueAsync(async () => (await KxdsProcess.RunAsync(runtime.FullName, "diff")) is { Code: 0, Output: "Nothing differs.\n" }, Patience);
            var gateway = Assert.Single(JsonNode.Parse((await KxdsProcess.RunAsync(runtime.FullName, "status", "-o", "json")).Output)!["gateways"]!.AsArray())!;
            Assert.Equal(("kxds-embedded", "delta", true), ((string?)gateway["node"], (string?)gateway["variant"], (bool?)gateway["synced"]));

            var clusters = JsonNode.Parse((await KxdsProcess.RunAsync(runtime.FullName, "clusters", "hello.default.example.com", "-o", "json")).Output)!["clusters"]!.AsArray();
            Assert.Equal(["default/hello-00001/80", "default/hello-00002/80"], clusters.Select(cluster => (string?)cluster!["cluster"]));
            var endpoints = JsonNode.Parse((await KxdsProcess.RunAsync(runtime.FullName, "endpoints", "hello.default.example.com", "-o", "json")).Output)!["endpoints"]!.AsArray();
            Assert.All(endpoints, endpoint => Assert.EndsWith(":8012", (string?)endpoint!["address"], StringComparison.Ordinal));

            var (code, _, error) = await KxdsProcess.RunAsync(runtime.FullName, "routes", "nobody.example.com");
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
        var (code, _, error) = await KxdsProcess.RunAsync(runtime.FullName, "status");

        Assert.Equal(2, code);
        Assert.Equal("kxds: no `kxds up` runs here: give the address of an xDS server's admin port with --xds-server, such as http://127.0.0.1:9090\n", error);
        runtime.Delete();
    }

    private static async Task StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(CancellationToken.None).Within(Patience);
    }
}
