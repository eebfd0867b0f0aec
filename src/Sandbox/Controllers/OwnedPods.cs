using k8s.Models;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>The pods of each owner: what the watch has brought, and what this controller did that the watch has not brought yet.</summary>
/// <remarks>Without the second part a decision right after a write would be made on old facts, and pods would be created twice.
/// Threading: safe.</remarks>
internal sealed class OwnedPods
{
    private const string ByOwner = "owner";
    private static readonly TimeSpan LongestLag = TimeSpan.FromSeconds(10);
    private readonly Dictionary<string, (V1Pod Pod, DateTimeOffset At)> _created = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _deleted = new(StringComparer.Ordinal);
    private readonly ObjectStore<V1Pod> _store;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();

    public OwnedPods(Informer<V1Pod> informer, TimeProvider time)
    {
        (_store, _time) = (informer.Store, time);
        informer.Store.AddIndex(ByOwner, pod => Owner(pod) is { } owner ? [owner.Uid] : []);
        informer.OnChange(change => Seen((change.New ?? change.Old)!.Metadata.Uid, change.New));
    }

    /// <summary>The controller that owns a pod; null when none does.</summary>
    public static V1OwnerReference? Owner(V1Pod pod) => pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);

    /// <summary>Takes note of a pod that was created.</summary>
    public void Created(V1Pod pod)
    {
        lock (_lock)
        {
            _created[pod.Metadata.Uid] = (pod, _time.GetUtcNow());
        }
    }

    /// <summary>Takes note of a pod whose deletion was asked for.</summary>
    public void Deleted(V1Pod pod)
    {
        lock (_lock)
        {
            _deleted[pod.Metadata.Uid] = _time.GetUtcNow();
        }
    }

    /// <summary>Pods of an owner that are neither finished nor going, in no order.</summary>
    public IReadOnlyList<V1Pod> ActiveOf(string ownerUid)
    {
        var known = _store.ByIndex(ByOwner, ownerUid).ToDictionary(pod => pod.Metadata.Uid, StringComparer.Ordinal);
        lock (_lock)
        {
            var oldest = _time.GetUtcNow() - LongestLag;
            foreach (var (uid, (pod, at)) in _created)
            {
                if (known.ContainsKey(uid) || at < oldest)
                {
                    _created.Remove(uid);
                }
                else if (Owner(pod)?.Uid == ownerUid)
                {
                    known[uid] = pod;
                }
            }

            return [.. known.Values.Where(pod => PodFacts.IsActive(pod) && !(_deleted.TryGetValue(pod.Metadata.Uid, out var at) && at >= oldest))];
        }
    }

    private void Seen(string uid, V1Pod? pod)
    {
        lock (_lock)
        {
            if (pod is null)
            {
                _created.Remove(uid);
            }

            if (pod?.Metadata.DeletionTimestamp is not null || pod is null)
            {
                _deleted.Remove(uid);
            }
        }
    }
}
