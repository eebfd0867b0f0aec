using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>Two revisions under steady load, and the pods of the one that is scraped.</summary>
internal sealed class BusyRevisions : IAsyncDisposable
{
    /// <value>Its load comes from its pods.</value>
    public const string Scraped = "scraped";
    /// <value>Its load comes from the activator; most of its pods are still on their way up.</value>
    public const string Pushed = "pushed";
    /// <value>Pods of each. The load of the first asks for just as many: 65 of each pod's 70. That of the second, at 7 a pod, for half as many more than
    /// max-scale lets it have: reports come when this machine finds the time.</value>
    public const int ScrapedPods = 4, PushedPods = 10;
    private const int ReadyPushedPods = 3;
    /// <value>Concurrency of a scraped pod.</value>
    public const double ScrapedConcurrency = 65;
    /// <value>Concurrency of the pushed revision.</value>
    public const double PushedConcurrency = 105;
    private readonly WebApplication _pods;

    private BusyRevisions(WebApplication pods) => _pods = pods;

    public static async Task<BusyRevisions> CreateAsync(KubeClient client, CancellationToken cancellationToken)
    {
        var addresses = Enumerable.Range(1, ScrapedPods).Select(pod => string.Create(CultureInfo.InvariantCulture, $"127.9.60.{pod}")).ToList();
        var pods = await StartPodsAsync(addresses, cancellationToken);
        await client.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = SystemNames.Namespace } }, cancellationToken);
        await client.CreateAsync(
            new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = SystemNames.ConfigAutoscaler, NamespaceProperty = SystemNames.Namespace },
                Data = new Dictionary<string, string> { ["stable-window"] = "10s" },
            },
            cancellationToken);
        await CreateRevisionAsync(client, Scraped, addresses, [], cancellationToken);
        await CreateRevisionAsync(
            client, Pushed, Enumerable.Range(1, ReadyPushedPods).Select(pod => string.Create(CultureInfo.InvariantCulture, $"127.9.61.{pod}")),
            [("autoscaling.knative.dev/target-burst-capacity", "-1"), ("autoscaling.knative.dev/target", "10"), ("autoscaling.knative.dev/max-scale", "10")], cancellationToken);
        return new BusyRevisions(pods);
    }

    public ValueTask DisposeAsync() => _pods.DisposeAsync();

    private static async Task<WebApplication> StartPodsAsync(List<string> addresses, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls([.. addresses.Select(address => $"http://{address}:{Ports.AutoscalingMetrics}")]);
        var app = builder.Build();
        var stat = StatCodec.Encode(new Stat { PodName = "pod", AverageConcurrentRequests = ScrapedConcurrency, RequestCount = ScrapedConcurrency });
        app.Run(async context =>
        {
            context.Response.ContentType = StatCodec.ContentType;
            await context.Response.Body.WriteAsync(stat, context.RequestAborted);
        });
        await app.StartAsync(cancellationToken);
        return app;
    }

    public static async Task CreateRevisionAsync(
        KubeClient client, string name, IEnumerable<string> addresses, IEnumerable<(string Key, string Value)> annotations, CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, string> { [Labels.Revision] = name, [Labels.RevisionUid] = name + "-uid", [Labels.Configuration] = name };
        var containers = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] };
        await client.CreateAsync(
            new V1Deployment
            {
                Metadata = Meta($"{name}-deployment", labels),
                Spec = new V1DeploymentSpec
                {
                    Replicas = 1,
                    Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.RevisionUid] = name + "-uid" } },
                    Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = labels }, Spec = containers },
                },
            },
            cancellationToken);
        foreach (var address in addresses)
        {
            var pod = await client.CreateAsync(new V1Pod { Metadata = Meta($"{name}-{address.Replace('.', '-')}", labels), Spec = containers }, cancellationToken);
            pod.Status = new V1PodStatus { Phase = "Running", PodIP = address, PodIPs = [new V1PodIP { Ip = address }], Conditions = [new V1PodCondition { Type = "Ready", Status = "True" }] };
            await client.ReplaceStatusAsync(pod, cancellationToken);
        }

        var pa = new PodAutoscaler
        {
            Metadata = Meta(name, labels),
            Spec = new PodAutoscalerSpec
            {
                ProtocolType = "http1",
                Reachability = "Reachable",
                ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = $"{name}-deployment" },
            },
        };
        pa.Metadata.Annotations = annotations.Append((Labels.AutoscalerClass, Labels.KpaClass)).ToDictionary(entry => entry.Item1, entry => entry.Item2);
        await client.CreateAsync(pa, cancellationToken);
    }

    private static V1ObjectMeta Meta(string name, Dictionary<string, string> labels) => new() { Name = name, NamespaceProperty = "default", Labels = new Dictionary<string, string>(labels) };
}
