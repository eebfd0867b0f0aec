using System.Globalization;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>Revisions in steady state: every one has its pods, and their load asks for just as many.</summary>
internal sealed record AutoscalerLoad(int Revisions, int Pods, int Addresses)
{
    private const string Space = "default";
    private const int Parallel = 24;
    private const int Sample = 20;

    /// <summary>What every pod reports: with the stock target of 70 so much that all pods are needed, also where a second has one scrape more or less.</summary>
    public const double ConcurrencyPerPod = 58;

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
            var name = NameOf(i * Revisions / Sample);
            var newest = (await autoscaler.FindExplanationAsync($"{Space}/{name}", cancellationToken))?.Decisions is [var last, ..] ? last : null;
            if (newest?.Desired == Pods)
            {
                right++;
            }
            else
            {
                Progress.Say($"{name}: {newest?.Desired} pods, {newest?.Why}");
            }
        }

        return right;
    }

    private async Task CreateAsync(KubeClient client, int revision, CancellationToken cancellationToken)
    {
        var name = NameOf(revision);
        await client.CreateAsync(Deployment(name), cancellationToken);
        var pa = await CreateAsync(client, SettledRevision.Pa(Meta(name, name), Pods), cancellationToken);
        await CreateAsync(client, SettledRevision.Sks(Meta(name, name), pa, Pods), cancellationToken);
        await CreateAsync(client, SettledRevision.Metric(Meta(name, name), pa), cancellationToken);
        for (var pod = 0; pod < Pods; pod++)
        {
            var created = await client.CreateAsync(Pod(name, pod), cancellationToken);
            created.Status = PodStatus(AddressOf((revision * Pods) + pod));
            await client.WriteStatusAsync(created, cancellationToken);
        }
    }

    // The API takes no status at creation.
    private static async Task<T> CreateAsync<T>(KubeClient client, T settled, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var created = await client.CreateAsync(settled, cancellationToken);
        (settled.Metadata.Uid, settled.Metadata.ResourceVersion) = (created.Metadata.Uid, created.Metadata.ResourceVersion);
        await client.WriteStatusAsync(settled, cancellationToken);
        return settled;
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
}
