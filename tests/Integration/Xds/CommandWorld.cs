using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>A server, and a real Envoy with the bootstrap that <c>kxds bootstrap</c> prints; it serves one ingress.</summary>
public sealed class CommandWorld : EnvoyStack
{
    internal const string Node = "gateway-1";
    internal const string Good = "good.example.com";

    private protected override async Task<RealEnvoyOptions> AdjustAsync(RealEnvoyOptions options)
    {
        var (code, bootstrap, error) = await KxdsProcess.RunAsync(null, "bootstrap", $"127.0.0.1:{Server.XdsPort}", "--node-id", Node, "--node-cluster", "edge", "--admin-port", "0");
        Assert.Equal((0, ""), (code, error));
        return options with { Bootstrap = _ => bootstrap };
    }

    private protected override async Task FillAsync()
    {
        var rule = XdsStack.Rule("svc-a", "ExternalIP", Good);
        var tagged = XdsStack.Rule("svc-b", "ExternalIP", Good).Http!.Paths![0];
        tagged.Headers = new Dictionary<string, KIngressHeaderMatch> { ["Tag"] = new() { Exact = "blue" } };
        var secure = XdsStack.Rule("svc-b", "ExternalIP", Good).Http!.Paths![0];
        secure.Headers = new Dictionary<string, KIngressHeaderMatch> { ["X-Forwarded-Proto"] = new() { Exact = "https" } };
        rule.Http!.Paths = [tagged, secure, .. rule.Http.Paths!];
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

    /// <summary>Runs a command that asks the server.</summary>
    internal Task<(int Code, string Output, string Error)> AskAsync(params string[] arguments) => KxdsProcess.RunAsync(null, [.. arguments, "--xds-server", $"{Server.Admin}"]);

    /// <summary>Runs such a command for its answer as JSON.</summary>
    internal async Task<(int Code, JsonNode Answer)> AskJsonAsync(params string[] arguments)
    {
        var (code, output, error) = await AskAsync([.. arguments, "-o", "json"]);
        Assert.Equal("", error);
        return (code, JsonNode.Parse(output)!);
    }
}
