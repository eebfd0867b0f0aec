using System.Collections.Concurrent;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>The pods of every revision, counted when they change: who asks on each tick only looks them up.</summary>
/// <remarks>Threading: written by the pods' informer, read from anywhere.</remarks>
internal sealed class PodTable
{
    private readonly ConcurrentDictionary<ObjectKey, RevisionPods> _revisions = new();
    private readonly Func<ObjectKey, IReadOnlyCollection<V1Pod>> _find;

    public PodTable(Informer<V1Pod> pods, Func<ObjectKey, IReadOnlyCollection<V1Pod>> find)
    {
        _find = find;
        pods.OnChange(change =>
        {
            Count(change.Old);
            Count(change.New);
        });
    }

    /// <summary>The pods of a revision.</summary>
    public RevisionPods Of(ObjectKey revision) => _revisions.GetValueOrDefault(revision, RevisionPods.None);

    private void Count(V1Pod? changed)
    {
        if (changed is null || ClusterCaches.RevisionOf(changed) is not { } revision)
        {
            return;
        }

        if (_find(revision) is { Count: > 0 } pods)
        {
            _revisions[revision] = RevisionPods.Of(pods);
        }
        else
        {
            _revisions.TryRemove(revision, out _);
        }
    }
}
