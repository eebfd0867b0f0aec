using System.Net.WebSockets;
using k8s.Models;
using Knative.Xds.Autoscaler;
using Knative.Xds.Cli.Scale;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Knative.Xds.Cli.Tests.Scale;

/// <summary><c>kxds scale explain</c> of an autoscaler that runs.</summary>
public sealed class LiveExplainTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _kubeconfig = Path.Combine(Path.GetTempPath(), $"kxds-explain-{Guid.NewGuid():N}.yaml");
    private SandboxApi _api = null!;
    private KubeClient _client = null!;
    private WebApplication _autoscaler = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await SandboxApi.StartAsync(new SandboxApiOptions(), null, TimeProvider.System, Token);
        await File.WriteAllTextAsync(_kubeconfig, _api.KubeconfigYaml, Token);
        _client = KubeClient.Create(new KubeClientOptions { Kubeconfig = _kubeconfig });
        await CrdInstaller.EnsureAsync(_client, Token);
        _autoscaler = AutoscalerApp.Create(
            new AutoscalerOptions { Kubeconfig = _kubeconfig, AdminListen = "127.0.0.1:0", Listen = "127.0.0.1:0", LeaderElection = false, TickInterval = TimeSpan.FromMilliseconds(200) },
            builder => builder.Logging.ClearProviders());
        await _autoscaler.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _autoscaler.DisposeAsync();
        _client.Dispose();
        await _api.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    [Fact]
    public async Task Explain_RevisionUnderLoad_ShowsDecisionsInputsRuleAndSteps()
    {
        await CreateRevisionAsync();
        // Its decider is there before its Metric is.
        await Eventually.TrueAsync(async () => await _client.FindAsync<Metric>(new ObjectKey("default", "hello"), Token) is not null, Patience);
        using var activator = new ClientWebSocket();
        await activator.ConnectAsync(new Uri($"ws://{_autoscaler.BoundEndPoints()[1]}/"), Token);
        var text = "";
        await Eventually.TrueAsync(
            async () =>
            {
                await activator.SendAsync(Load(), WebSocketMessageType.Binary, true, Token);
                text = await ReadAsync();
                return text.Contains("MaxScale", StringComparison.Ordinal);
            },
            Patience);

        Assert.Contains("Revision   default/hello, decided by ", text, StringComparison.Ordinal);
        Assert.Contains("Target     7 concurrency per pod, of 10; windows 60 s and 6 s; panic at 2 times the ready pods\n", text, StringComparison.Ordinal);
        Assert.Contains("Bounds     min 0, max 4,", text, StringComparison.Ordinal);
        // A decision with its inputs, and the step that it came to.
        var decision = Cells(text, "StableAverage");
        Assert.Equal("StableAverage", decision[2]);
        Assert.Equal($"average {decision[5]} / target 7 = {decision[1]}", decision[3]);
        Assert.Equal("0", decision[4]);
        var plan = Cells(text, "but max-scale is 4");
        Assert.Equal(("4", "MaxScale"), (plan[1], plan[3]));
    }

    private static string[] Cells(string text, string mark) =>
        [.. text.Split('\n').First(line => line.Contains(mark, StringComparison.Ordinal)).Split('│', StringSplitOptions.RemoveEmptyEntries).Select(cell => cell.Trim())];

    // 35 requests in every report: five pods' worth, and as many more as reports come within a second.
    private static byte[] Load() =>
        StatCodec.EncodeBatch([new StatMessage(new ObjectKey("default", "hello"), new Stat { PodName = "activator", AverageConcurrentRequests = 35, RequestCount = 35 })]);

    private async Task<string> ReadAsync()
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 300;
        Assert.Equal(0, await ScaleRun.ExplainAsync(new ScaleOptions(new Uri($"http://{_autoscaler.BoundEndPoints()[0]}/"), Json: false), "default/hello", 20, console, Token));
        return string.Join('\n', writer.ToString().Split('\n').Select(line => line.TrimEnd()));
    }

    private async Task CreateRevisionAsync()
    {
        var labels = new Dictionary<string, string> { [Labels.Revision] = "hello", [Labels.RevisionUid] = "hello-uid", [Labels.Configuration] = "hello" };
        await _client.CreateAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = "hello-deployment", NamespaceProperty = "default", Labels = labels },
                Spec = new V1DeploymentSpec
                {
                    Replicas = 0,
                    Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.RevisionUid] = "hello-uid" } },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] },
                    },
                },
            },
            Token);
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default", Labels = labels },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "hello-deployment" } },
        };
        pa.Metadata.Annotations = new Dictionary<string, string>
        {
            [Labels.AutoscalerClass] = Labels.KpaClass,
            ["autoscaling.knative.dev/target"] = "10",
            ["autoscaling.knative.dev/max-scale"] = "4",
            ["autoscaling.knative.dev/target-burst-capacity"] = "-1",
        };
        await _client.CreateAsync(pa, Token);
    }
}
