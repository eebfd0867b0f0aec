using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>Revisions in steady state: every one has its pods, and their load asks for just as many.</summary>
internal sealed record AutoscalerLoad(int Revisions, int Pods, int Addresses)
{
    private const string Space = "default";
    private const int Parallel = 24;
    private const int Sample = 20;

    /// <summary>What every pod reports: with the stock target of 70 a little less than it can take.</summary>
    public const double ConcurrencyPerPod = 65;

    /// <summary>Brings all objects to the API, as they are after a while of load.</summary>
    public Task CreateAsync(KubeClient client, CancellationToken cancellationToken) => System.Threading.Tasks.Parallel.ForEachAsync(
        Enumerable.Range(0, Revisions),
        new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
        async (revision, token) => await CreateAsync(client, revision, token));

    /// <summary>How many of a sample of revisions are decided to what their load asks for.</summary>
    public async Task<int> CountRightAsync(AutoscalerProcess autoscaler, CancellationToken cancellationToken)
    {
        var right = 0;
        for (var i = 0; i < Sample; i++)
        {
            var report = await autoscaler.FindExplanationAsync($"{Space}/{NameOf(i * Revisions / Sample)}", cancellationToken);
            right += report?.Decisions is [{ } newest, ..] && newest.Desired == Pods ? 1 : 0;
        }

        return right;
    }

    private async Task CreateAsync(KubeClient client, int revision, CancellationToken cancellationToken)
    {
        var name = NameOf(revision);
        await client.CreateAsync(Deployment(name), cancellationToken);
        var sks = Sks(name);
        var (spec, status) = (sks.Spec, sks.Status);
        sks = await client.CreateAsync(sks, cancellationToken);
        await client.ReplaceStatusAsync(new ServerlessService { Metadata = sks.Metadata, Spec = spec, Status = status }, cancellationToken);
        for (var pod = 0; pod < Pods; pod++)
        {
            var created = await client.CreateAsync(Pod(name, pod), cancellationToken);
            created.Status = PodStatus(AddressOf((revision * Pods) + pod));
            await client.ReplaceStatusAsync(created, cancellationToken);
        }

        await client.CreateAsync(Pa(name), cancellationToken);
    }

    private static string NameOf(int revision) => string.Create(CultureInfo.InvariantCulture, $"r{revision:00000}");

    private string AddressOf(int pod) => string.Create(CultureInfo.InvariantCulture, $"127.32.{pod % Addresses / 250}.{(pod % Addresses % 250) + 1}");

    private static Dictionary<string, string> LabelsOf(string name) => new()
    {
        [Labels.Revision] = name,
        [Labels.RevisionUid] = name + "-uid",
        [Labels.Configuration] = name + "-c",
        [Labels.Service] = name + "-s",
    };

    private static V1ObjectMeta Meta(string name, string revision) => new() { Name = name, NamespaceProperty = Space, Labels = LabelsOf(revision) };

    private V1Deployment Deployment(string name) => new()
    {
        Metadata = Meta(name + "-deployment", name),
        Spec = new V1DeploymentSpec
        {
            Replicas = Pods,
            Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.RevisionUid] = name + "-uid" } },
            Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = LabelsOf(name) }, Spec = Containers() },
        },
    };

    private static V1PodSpec Containers() => new() { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] };

    private static V1Pod Pod(string name, int pod) => new() { Metadata = Meta(string.Create(CultureInfo.InvariantCulture, $"{name}-{pod}"), name), Spec = Containers() };

    private static V1PodStatus PodStatus(string address) => new()
    {
        Phase = "Running",
        PodIP = address,
        StartTime = DateTime.UnixEpoch.AddYears(55),
        Conditions = [new V1PodCondition { Type = "Ready", Status = "True" }],
    };

    private static ServerlessService Sks(string name) => new()
    {
        Metadata = Meta(name, name),
        Spec = new ServerlessServiceSpec
        {
            Mode = "Proxy",
            ProtocolType = "http1",
            NumActivators = 2,
            ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = name + "-deployment" },
        },
        Status = new ServerlessServiceStatus
        {
            ObservedGeneration = 1,
            ServiceName = name,
            PrivateServiceName = name + "-private",
            Conditions = [new Condition { Type = "Ready", Status = "True" }],
        },
    };

    private static PodAutoscaler Pa(string name)
    {
        var pa = new PodAutoscaler
        {
            Metadata = Meta(name, name),
            Spec = new PodAutoscalerSpec
            {
                ProtocolType = "http1",
                Reachability = "Reachable",
                ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = name + "-deployment" },
            },
        };
        pa.Metadata.Annotations = new Dictionary<string, string> { [Labels.AutoscalerClass] = Labels.KpaClass };
        return pa;
    }
}
