using System.Collections.Immutable;
using k8s.Models;

namespace Knative.Xds.XdsServer.Replication;

/// <summary>The other replicas that are alive, from their leases.</summary>
/// <remarks>A lease is alive for its duration after the last change that we saw, on our own clock. Not thread-safe.</remarks>
internal sealed class ReplicaDirectory(string self)
{
    private readonly Dictionary<string, (TimeSpan SeenAt, TimeSpan Duration, ReplicaState State)> _leases = new(StringComparer.Ordinal);

    /// <summary>Notes a lease as it is now; null when it is gone.</summary>
    public void Note(string name, V1Lease? lease, TimeSpan now)
    {
        if (name == self)
        {
            return;
        }

        if (lease is null)
        {
            _leases.Remove(name);
        }
        else
        {
            var duration = TimeSpan.FromSeconds(lease.Spec?.LeaseDurationSeconds ?? 0);
            var state = ReplicaState.Read(lease.Metadata.Annotations?.TryGetValue(ReplicaLeases.StateAnnotation, out var text) == true ? text : null);
            // A renewal is no news.
            var isSame = _leases.TryGetValue(name, out var old) && old.State.Seen == state.Seen && old.State.IsLike(state);
            _leases[name] = (now, duration, isSame ? old.State : state);
        }
    }

    /// <summary>States of the replicas that are alive.</summary>
    public ImmutableArray<ReplicaState> Alive(TimeSpan now) =>
        [.. _leases.OrderBy(lease => lease.Key, StringComparer.Ordinal).Where(lease => now - lease.Value.SeenAt <= lease.Value.Duration).Select(lease => lease.Value.State)];

    /// <summary>Leases that ran out so long ago that nobody will come back for them.</summary>
    public ImmutableArray<string> Abandoned(TimeSpan now) =>
        [.. _leases.Where(lease => now - lease.Value.SeenAt > lease.Value.Duration * 4).Select(lease => lease.Key)];
}
