using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation.Revisions;

/// <summary>All revisions that the activator may get requests for, with their running parts.</summary>
/// <remarks>Threading: reads from anywhere; changes are serialised by a lock and may come in any order (endpoints before the revision, too).</remarks>
internal sealed class RevisionTable(ActivatorOptions options, IPodProber prober, TimeProvider time, ILogger<RevisionTable> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ObjectKey, RevisionRuntime> _revisions = new();
    private readonly Dictionary<ObjectKey, RevisionAddresses> _addresses = [];
    private readonly WaitingBudget _budget = new(options.MaxWaiting);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Raised when a revision is gone.</summary>
    public event Action<Revision>? Removed;

    /// <summary>Completes when every revision that exists is known.</summary>
    public Task Synced => _synced.Task;

    public IEnumerable<RevisionRuntime> All => _revisions.Values;

    public RevisionRuntime? Find(ObjectKey key) => _revisions.GetValueOrDefault(key);

    public void MarkSynced() => _synced.TrySetResult();

    /// <summary>Adds or changes a revision. What counts as the same keeps its waiting requests.</summary>
    public void Set(Revision revision)
    {
        lock (_gate)
        {
            if (_revisions.TryGetValue(revision.Key, out var old))
            {
                if (old.Revision == revision)
                {
                    return;
                }

                if (IsSameTraffic(old.Revision, revision))
                {
                    _revisions[revision.Key] = new RevisionRuntime(revision, old.Throttle, old.Backends);
                    return;
                }

                old.Dispose();
            }

            var runtime = Start(revision);
            _revisions[revision.Key] = runtime;
            Apply(runtime, _addresses.GetValueOrDefault(revision.Key, RevisionAddresses.None));
        }
    }

    public void Remove(ObjectKey key)
    {
        lock (_gate)
        {
            if (_revisions.TryRemove(key, out var runtime))
            {
                runtime.Dispose();
                Removed?.Invoke(runtime.Revision);
            }
        }
    }

    /// <summary>Takes over the endpoints of a revision's private Service.</summary>
    public void SetPods(ObjectKey revision, ImmutableArray<ServiceEndpoint> endpoints) =>
        SetAddresses(revision, addresses => addresses with { Private = endpoints });

    /// <summary>Takes over the endpoints of a revision's public Service.</summary>
    public void SetPublic(ObjectKey revision, ImmutableArray<ServiceEndpoint> endpoints) =>
        SetAddresses(revision, addresses => addresses with { Public = endpoints });

    public void Dispose()
    {
        foreach (var key in _revisions.Keys)
        {
            Remove(key);
        }
    }

    private static bool IsSameTraffic(Revision one, Revision other) =>
        one.ContainerConcurrency == other.ContainerConcurrency && one.Protocol == other.Protocol;

    private void SetAddresses(ObjectKey revision, Func<RevisionAddresses, RevisionAddresses> change)
    {
        lock (_gate)
        {
            var addresses = change(_addresses.GetValueOrDefault(revision, RevisionAddresses.None));
            if (addresses is { Private.IsEmpty: true, Public.IsEmpty: true })
            {
                _addresses.Remove(revision);
            }
            else
            {
                _addresses[revision] = addresses;
            }

            if (Find(revision) is { } runtime)
            {
                Apply(runtime, addresses);
            }
        }
    }

    private RevisionRuntime Start(Revision revision)
    {
        var throttle = new RevisionThrottle(new ThrottleOptions(revision.ContainerConcurrency, options.PodIp, options.MaxWaitingPerRevision), _budget);
        var context = new BackendsContext(prober, revision.Protocol == AppProtocol.H2C, options.ProbeFrequency, time, logger);
        return new RevisionRuntime(revision, throttle, new BackendsWatcher(throttle, context));
    }

    private static void Apply(RevisionRuntime runtime, RevisionAddresses addresses)
    {
        var port = runtime.Revision.PortName;
        runtime.Backends.Update(EndpointDests.Of(addresses.Private, port, ready: true), EndpointDests.Of(addresses.Private, port, ready: false));
        runtime.Throttle.UpdateActivators(EndpointDests.ReadyAddresses(addresses.Public, port));
    }
}
