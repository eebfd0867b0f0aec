using System.Globalization;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Keeps the runner's Node and its lease in the API.</summary>
/// <remarks>Source: kubernetes pkg/kubelet/nodelease (40 s, renewed every 10 s), namespace kube-node-lease.</remarks>
internal sealed class NodeRegistration(KubeClient client, PodRunnerOptions options, string hostIP, int kubeletPort, TimeProvider time, ILogger logger)
{
    private const string LeaseNamespace = "kube-node-lease";
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    /// <summary>Registers the node and renews it until the token fires.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = RenewEvery;
            try
            {
                await RegisterAsync(cancellationToken);
                await RenewLeaseAsync(cancellationToken);
            }
            catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException or IOException)
            {
                logger.NodeNotRenewed(error.Message);
                pause = RetryEvery;
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var key = new ObjectKey("", options.NodeName);
        var stored = await client.FindAsync<V1Node>(key, cancellationToken);
        if (stored is null)
        {
            await client.CreateAsync(Node(), cancellationToken);
        }

        // The port changes with each start of the runner, and not every API takes a status on creation.
        if (stored?.Status?.DaemonEndpoints?.KubeletEndpoint?.Port != kubeletPort || stored.Status.Conditions is not { Count: > 0 })
        {
            var patch = KubernetesJson.Serialize(new V1Node { Status = Status() });
            await client.PatchAsync<V1Node>(key, new V1Patch(patch, V1Patch.PatchType.MergePatch), "status", cancellationToken);
        }
    }

    private V1Node Node() => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = options.NodeName,
            Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = options.NodeName, ["kubernetes.io/os"] = "linux" },
        },
        Spec = new V1NodeSpec(),
        Status = Status(),
    };

    private V1NodeStatus Status()
    {
        var now = KubeTime.Seconds(time);
        var capacity = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new(Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            ["memory"] = new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes.ToString(CultureInfo.InvariantCulture)),
            ["pods"] = new("1000"),
        };
        return new V1NodeStatus
        {
            Capacity = capacity,
            Allocatable = capacity,
            Addresses = [new V1NodeAddress { Type = "InternalIP", Address = hostIP }],
            DaemonEndpoints = new V1NodeDaemonEndpoints { KubeletEndpoint = new V1DaemonEndpoint { Port = kubeletPort } },
            Conditions = [new V1NodeCondition
            {
                Type = "Ready",
                Status = "True",
                Reason = "KubeletReady",
                Message = "pods run as local processes",
                LastHeartbeatTime = now,
                LastTransitionTime = now,
            }],
        };
    }

    private async Task RenewLeaseAsync(CancellationToken cancellationToken)
    {
        var key = new ObjectKey(LeaseNamespace, options.NodeName);
        var now = time.GetUtcNow().UtcDateTime;
        var spec = new V1LeaseSpec { HolderIdentity = options.NodeName, LeaseDurationSeconds = 40, RenewTime = now };
        if (await client.FindAsync<V1Lease>(key, cancellationToken) is { } lease)
        {
            lease.Spec = spec;
            await client.ReplaceAsync(lease, cancellationToken);
            return;
        }

        if (await client.FindAsync<V1Namespace>(new ObjectKey("", LeaseNamespace), cancellationToken) is null)
        {
            await client.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = LeaseNamespace } }, cancellationToken);
        }

        var metadata = new V1ObjectMeta { Name = options.NodeName, NamespaceProperty = LeaseNamespace };
        await client.CreateAsync(new V1Lease { Metadata = metadata, Spec = spec }, cancellationToken);
    }
}
