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

/// <summary>Revisions under steady load, and the pods of the one that is scraped.</summary>
internal sealed class BusyRevisions : IAsyncDisposable
{
    /// <value>Its load comes from its pods.</value>
    public const string Scraped = "scraped";
    /// <value>Their load comes from the activator; some of their pods are still on their way up. With fewer ready ones they would panic, and never go down for that.</value>
    public static readonly string[] Pushed = ["pushed-1", "pushed-2", "pushed-3"];
    /// <value>Pods of each, which is what the load asks for. Of the first each pod has 69.5 of 70: four seconds of ten may pass without a scrape, as this machine is busy. Of the others
    /// there is 63.5 at 7 a pod: one report of a window that is lost asks for a pod less.</value>
    public const int ScrapedPods = 2, PushedPods = 10;
    private const int ReadyPushedPods = 6;
    /// <value>Concurrency of a scraped pod.</value>
    public const double ScrapedConcurrency = 69.5;
    /// <value>Concurrency of a pushed revision.</value>
    public const double PushedConcurrency = 63.5;
    /// <value>Their stable windows.</value>
    public static readonly TimeSpan ScrapedWindow = TimeSpan.FromSeconds(10), PushedWindow = TimeSpan.FromSeconds(6);
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
                Data = new Dictionary<string, string> { ["stable-window"] = $"{PushedWindow.TotalSeconds}s" },
            },
            cancellationToken);
        // Two scrapes within one second are no reason to panic.
        await CreateRevisionAsync(
            client, Scraped, addresses, [("autoscaling.knative.dev/window", $"{ScrapedWindow.TotalSeconds}s"), ("autoscaling.knative.dev/panic-threshold-percentage", "1000")], cancellationToken);
        for (var number = 0; number < Pushed.Length; number++)
        {
            var pushed = Enumerable.Range(1, ReadyPushedPods).Select(pod => string.Create(CultureInfo.InvariantCulture, $"127.9.61.{(number * ReadyPushedPods) + pod}"));
            await CreateRevisionAsync(
                client, Pushed[number], pushed, [("autoscaling.knative.dev/target-burst-capacity", "-1"), ("autoscaling.knative.dev/target", "10")], cancellationToken);
        }

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
