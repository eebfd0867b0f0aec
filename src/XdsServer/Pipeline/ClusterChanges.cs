using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What changes in the local copies of the cluster, as events for the owner loop.</summary>
/// <remarks>Threading: told on the informers' own tasks, once the copy has the change.</remarks>
internal sealed class ClusterChanges
{
    private readonly Action<OwnerEvent> _tell;
    // Whether the copies have been read as a whole; what changes them before is in that reading.
    private volatile bool _isTelling;

    /// <summary>Listens to the informers, which do not run yet.</summary>
    public ClusterChanges(ClusterInformers informers, Action<OwnerEvent> tell)
    {
        _tell = tell;
        informers.Ingresses.OnChange(change => Tell(IsStatusOnly(change) ? new OwnerEvent.Status(change.Key, VersionOf(change)) : new OwnerEvent.Ingress(change.Key, VersionOf(change))));
        informers.Services.OnChange(change => Tell(new OwnerEvent.Service(change.Key)));
        informers.Sks.OnChange(change => Tell(new OwnerEvent.Endpoints(change.Key)));
        informers.Slices.OnChange(change =>
        {
            // A slice that moved to another Service concerns both.
            foreach (var service in new[] { change.Old, change.New }.Select(slice => slice is null ? null : ServiceEndpointsProjection.ServiceOf(slice)).OfType<ObjectKey>().Distinct())
            {
                Tell(new OwnerEvent.Endpoints(service));
            }
        });
    }

    /// <summary>Tells of every change from now on; call it before the copies are read as a whole.</summary>
    public void Begin() => _isTelling = true;

    private void Tell(OwnerEvent change)
    {
        if (_isTelling)
        {
            _tell(change);
        }
    }

    /// <summary>Whether only the status differs, as after our own writes: the API counts the generation up with the spec alone.</summary>
    private static bool IsStatusOnly(ObjectChange<KIngress> change) =>
        change is { Old.Metadata: { } before, New.Metadata: { } after } &&
        before.Generation is not null && before.Generation == after.Generation &&
        before.DeletionTimestamp == after.DeletionTimestamp &&
        IngressProjection.ClassOf(change.Old) == IngressProjection.ClassOf(change.New) &&
        Same(before.Annotations, after.Annotations) && Same(before.Labels, after.Labels);

    private static long VersionOf(ObjectChange<KIngress> change) => change.New is { } ingress ? InformerView.VersionOf(ingress) : 0;

    private static bool Same(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && (left ?? new Dictionary<string, string>()).All(entry => right!.TryGetValue(entry.Key, out var value) && value == entry.Value);
}
