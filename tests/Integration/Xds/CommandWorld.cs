using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>A server, and a real Envoy with the bootstrap that <c>kxds bootstrap</c> prints; it serves one ingress.</summary>
public sealed class CommandWorld : IAsyncLifetime
{
    internal const string Node = "gateway-1";
    internal const string Good = "good.example.com";

    internal XdsStack Server { get; private set; } = null!;
    internal RealEnvoy Gateway { get; private set; } = null!;
    internal Backend A { get; private set; } = null!;
    internal Backend B { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (RealComponents.Envoy is null)
        {
            return;
        }

        var listeners = FixedEndPoint.Free(2);
        Server = await XdsStack.StartAsync(listeners[0], listeners[1]);
        var (code, bootstrap, error) = await RunAsync("bootstrap", $"127.0.0.1:{Server.XdsPort}", "--node-id", Node, "--node-cluster", "edge", "--admin-port", "0");
        Assert.Equal((0, ""), (code, error));
        Gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = Server.XdsPort, ExternalListen = listeners[0], Bootstrap = _ => bootstrap });
        A = await Backend.StartAsync("a");
        B = await Backend.StartAsync("b");
        await Server.ServiceAsync("svc-a", A.Port);
        await Server.ServiceAsync("svc-b", B.Port);
        var rule = XdsStack.Rule("svc-a", "ExternalIP", Good);
        var tagged = XdsStack.Rule("svc-b", "ExternalIP", Good).Http!.Paths![0];
        tagged.Headers = new Dictionary<string, KIngressHeaderMatch> { ["Tag"] = new() { Exact = "blue" } };
        rule.Http!.Paths = [tagged, .. rule.Http.Paths!];
        await Server.IngressAsync("good", new KIngressSpec { Rules = [rule] });
        await Server.ConditionAsync("good", "Ready", "True");
        await Gateway.AnswersAsync(Good, "a");
    }

    /// <summary>Makes an ingress, or changes it, that adds so many headers: Envoy allows 1,000.</summary>
    internal Task HeadersAsync(int headers)
    {
        var rule = XdsStack.Rule("svc-a", "ExternalIP", "many.example.com");
        rule.Http!.Paths![0].AppendHeaders = Enumerable.Range(0, headers).ToDictionary(i => string.Create(CultureInfo.InvariantCulture, $"x-h-{i}"), _ => "v");
        return Server.IngressAsync("many", new KIngressSpec { Rules = [rule] });
    }

    /// <summary>Skips the test where there is no Envoy.</summary>
    internal static void Need() => RealComponents.OrSkip(RealComponents.Envoy, "envoy");

    /// <summary>Runs a command that asks the server.</summary>
    internal Task<(int Code, string Output, string Error)> AskAsync(params string[] arguments) => RunAsync([.. arguments, "--xds-server", $"{Server.Admin}"]);

    /// <summary>Runs such a command for its answer as JSON.</summary>
    internal async Task<(int Code, JsonNode Answer)> AskJsonAsync(params string[] arguments)
    {
        var (code, output, error) = await AskAsync([.. arguments, "-o", "json"]);
        Assert.Equal("", error);
        return (code, JsonNode.Parse(output)!);
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Gateway.DisposeAsync();
            await Server.DisposeAsync();
            await A.DisposeAsync();
            await B.DisposeAsync();
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(CancellationToken.None).Within(XdsStack.Limit);
        return (process.ExitCode, await output, error);
    }
}
