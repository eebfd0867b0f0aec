using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation.Revisions;

/// <summary>All revisions that the activator may get requests for, with their running parts.</summary>
/// <remarks>Threading: reads from anywhere; changes are serialised by a lock and may come in any order (endpoints before the revision, too).</remarks>
internal sealed class RevisionTable(ActivatorOptions options, IPodProber prober, ActivatorMetrics metrics, LiveSettings settings, TimeProvider time, ILogger<RevisionTable> logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<ObjectKey, RevisionRuntime> _revisions = new();
    private readonly Dictionary<ObjectKey, RevisionAddresses> _addresses = [];
    private readonly WaitingBudget _budget = new(options.MaxWaiting);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
                    _revisions[revision.Key] = new RevisionRuntime(revision, old.Throttle, old.Backends, SeriesOf(revision, old));
                    return;
                }

                Start(revision, old);
                return;
            }

            Start(revision, null);
        }
    }

    /// <summary>Finds all pods anew, for settings that concern how they are reached. Waiting requests go on waiting, in their order, and running ones keep their places.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            foreach (var runtime in _revisions.Values)
            {
                // First, as it takes its pods away from the throttle that both share.
                runtime.Backends.Dispose();
                Begin(runtime.Revision, runtime.Throttle, runtime.Series);
            }
        }
    }

    public void Remove(ObjectKey key)
    {
        lock (_gate)
        {
            if (_revisions.TryRemove(key, out var runtime))
            {
                runtime.Dispose();
                runtime.Series.Forget();
            }
        }
    }

    /// <summary>Takes over the endpoints of a revision's private Service.</summary>
    public void SetPods(ObjectKey revision, ImmutableArray<ServiceEndpoint> endpoints) =>
        SetAddresses(revision, addresses => addresses with { Private = endpoints });

    /// <summary>Takes over the endpoints of a revision's public Service.</summary>
    public void SetPublic(ObjectKey revision, ImmutableArray<ServiceEndpoint> endpoints) =>
        SetAddresses(revision, addresses => addresses with { Public = endpoints });

    /// <summary>Takes over the address of a revision's private Service.</summary>
    public void SetCluster(ObjectKey revision, ServiceEndpoint? cluster) =>
        SetAddresses(revision, addresses => addresses with { Cluster = cluster });

    public void Dispose()
    {
        foreach (var key in _revisions.Keys)
        {
            Remove(key);
        }
    }

    private static bool IsSameTraffic(Revision one, Revision other) =>
        one.ContainerConcurrency == other.ContainerConcurrency && one.Protocol == other.Protocol && one.TrustsProbes == other.TrustsProbes;

    private void SetAddresses(ObjectKey revision, Func<RevisionAddresses, RevisionAddresses> change)
    {
        lock (_gate)
        {
            var addresses = change(_addresses.GetValueOrDefault(revision, RevisionAddresses.None));
            if (addresses.IsEmpty)
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

    private void Start(Revision revision, RevisionRuntime? old)
    {
        Begin(revision, new RevisionThrottle(new ThrottleOptions(revision.ContainerConcurrency, options.PodIp, options.MaxWaitingPerRevision), _budget), SeriesOf(revision, old));
        // Only now, so that what waited there finds the new one.
        old?.Dispose();
    }

    private void Begin(Revision revision, RevisionThrottle throttle, RevisionSeries series)
    {
        var context = new BackendsContext(prober, revision.Protocol == AppProtocol.H2C, options.ProbeFrequency, time, logger)
        {
            TrustsProbes = revision.TrustsProbes,
            Mesh = settings.Network.MeshCompatibilityMode,
            PassthroughHost = settings.Passthrough ? revision.PassthroughHost : null,
        };
        var runtime = new RevisionRuntime(revision, throttle, new BackendsWatcher(throttle, context), series);
        _revisions[revision.Key] = runtime;
        Apply(runtime, _addresses.GetValueOrDefault(revision.Key, RevisionAddresses.None));
    }

    private RevisionSeries SeriesOf(Revision revision, RevisionRuntime? old)
    {
        if (old is not null && old.Revision.Service == revision.Service && old.Revision.Configuration == revision.Configuration)
        {
            return old.Series;
        }

        old?.Series.Forget();
        return metrics.SeriesOf(revision);
    }

    private static void Apply(RevisionRuntime runtime, RevisionAddresses addresses)
    {
        var port = runtime.Revision.PortName;
        runtime.Backends.Update(EndpointDests.Of(addresses.Private, port, ready: true), EndpointDests.Of(addresses.Private, port, ready: false), EndpointDests.Of(addresses.Cluster, port));
        runtime.Throttle.UpdateActivators(EndpointDests.ReadyAddresses(addresses.Public, port));
    }
}
