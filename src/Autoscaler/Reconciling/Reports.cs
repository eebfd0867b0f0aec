using k8s;
using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Events;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Events that tell an operator what needs a hand, under upstream's reasons where it has one.</summary>
/// <remarks>Threading: safe; recording never waits.</remarks>
internal sealed class Reports(KubeClient client, TimeProvider time, ILogger<Reports> logger)
{
    private readonly EventRecorder _events = new(client, "autoscaler", time, logger);

    /// <summary>A reconcile failed.</summary>
    public void InternalError(IKubernetesObject<V1ObjectMeta> about, string message) => _events.Record(about, EventSeverity.Warning, "InternalError", message);

    /// <summary>Annotations of a revision would not have passed admission: they count as absent.</summary>
    public void InvalidAnnotations(IKubernetesObject<V1ObjectMeta> about, string problems) =>
        _events.Record(about, EventSeverity.Warning, "InvalidAnnotations", problems);

    /// <summary>A ConfigMap was refused: the last good settings stay.</summary>
    public void InvalidConfiguration(IKubernetesObject<V1ObjectMeta> about, string problem) =>
        _events.Record(about, EventSeverity.Warning, "InvalidConfiguration", problem);

    /// <summary>Waits for a status to be written, and says so when it cannot be.</summary>
    public async Task UpdatingStatusAsync<T>(IKubernetesObject<V1ObjectMeta> about, Task<T> writing)
    {
        try
        {
            await writing;
        }
        catch (KubeException refusal) when (!refusal.IsConflict && !refusal.IsNotFound)
        {
            _events.Record(about, EventSeverity.Warning, "UpdateFailed", $"Failed to update status for \"{about.Metadata.Name}\": {refusal.Message}");
            throw;
        }
    }

    /// <summary>Writes what is recorded until the token fires.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _events.RunAsync(cancellationToken);
}
