using k8s.Models;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>The least that a revision's scale was ever set to while it was watched: in the Deployment, and as desired scale of the PodAutoscaler.</summary>
internal sealed class ScaleFloor : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public ScaleFloor(KubeClient client, string revision)
    {
        var deployments = new Informer<V1Deployment>(client, new ObjectQuery("default", FieldSelector: $"metadata.name={revision}-deployment"), TimeProvider.System, NullLogger.Instance);
        deployments.OnChange(change => Replicas = Math.Min(Replicas, change.New?.Spec?.Replicas ?? 0));
        var pas = new Informer<PodAutoscaler>(client, new ObjectQuery("default", FieldSelector: $"metadata.name={revision}"), TimeProvider.System, NullLogger.Instance);
        pas.OnChange(change =>
        {
            Desired = Math.Min(Desired, change.New?.Status?.DesiredScale ?? 0);
            Inactive |= change.New?.Status?.Conditions?.Any(condition => condition is { Type: "Active", Status: "False" }) == true;
        });
        _ = deployments.RunAsync(_stop.Token);
        _ = pas.RunAsync(_stop.Token);
        Watching = Task.WhenAll(deployments.Synced, pas.Synced);
    }

    public Task Watching { get; }

    public int Replicas { get; private set; } = int.MaxValue;
    public int Desired { get; private set; } = int.MaxValue;

    /// <summary>Whether it ever was.</summary>
    public bool Inactive { get; private set; }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }
}
