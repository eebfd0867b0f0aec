using System.Collections.Immutable;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Core.Networking;

namespace Knative.Xds.Activation.Backends;

/// <summary>Finds out which pods of one revision take requests, and tells the revision's throttle.</summary>
/// <remarks>Shape: an address is given to the throttle after its own probe passed; Kubernetes' readiness is waited for only where the revision asks for it.
/// Where no pod can be reached and the Service's address answers as a pod, that address stands for the pods, for the life of the watcher: a mesh is in between.
/// Threading: safe; each address that has not passed has one probing task of its own, and the Service's address has one.
/// Source: knative/serving pkg/activator/net/revision_backends.go.</remarks>
internal sealed class BackendsWatcher : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProbedPod> _pods = new(StringComparer.Ordinal);
    private readonly RevisionThrottle _throttle;
    private readonly BackendsContext _context;
    private volatile TaskCompletionSource _hurry = NewSignal();
    private ImmutableArray<string> _published = [];
    private string? _publishedClusterIp;
    private string? _clusterIp;
    private bool _clusterIpHealthy;
    private bool _podsReachable;
    private CancellationTokenSource? _askingClusterIp;
    private bool _disposed;

    public BackendsWatcher(RevisionThrottle throttle, BackendsContext context)
    {
        _throttle = throttle;
        _context = context;
        _podsReachable = context.Mesh != MeshCompatibilityMode.Enabled;
        throttle.WaitingStarted += Hurry;
    }

    /// <summary>Takes over the addresses that Kubernetes knows of.</summary>
    /// <param name="ready">Pods that are ready there.</param>
    /// <param name="notReady">Pods that are not.</param>
    /// <param name="clusterIp">Address of the Service, as <c>ip:port</c>; null when it has none.</param>
    public void Update(IReadOnlyCollection<string> ready, IReadOnlyCollection<string> notReady, string? clusterIp = null)
    {
        lock (_gate)
        {
            var known = new HashSet<string>(ready, StringComparer.Ordinal);
            known.UnionWith(notReady);
            foreach (var gone in _pods.Values.Where(pod => !known.Contains(pod.Address)).ToList())
            {
                Forget(gone);
            }

            foreach (var address in known)
            {
                TakeOver(address, ready.Contains(address));
            }

            TakeOverClusterIp(clusterIp);
            Publish();
        }
    }

    /// <summary>Notes that a request could not reach an address: it gets no more until a new probe has passed.</summary>
    public void ReportUnreachable(string address)
    {
        lock (_gate)
        {
            if (_pods.TryGetValue(address, out var pod) && pod.Healthy)
            {
                StartProbing(pod);
            }
            else if (_clusterIpHealthy && address == _clusterIp)
            {
                _clusterIpHealthy = false;
            }

            Publish();
        }
    }

    public void Dispose()
    {
        _throttle.WaitingStarted -= Hurry;
        lock (_gate)
        {
            _disposed = true;
            foreach (var pod in _pods.Values.ToList())
            {
                Forget(pod);
            }

            Publish();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Hurry() => Interlocked.Exchange(ref _hurry, NewSignal()).TrySetResult();

    private void Forget(ProbedPod pod)
    {
        _pods.Remove(pod.Address);
        pod.Dispose();
    }

    private void TakeOver(string address, bool ready)
    {
        if (_disposed)
        {
            return;
        }

        var isNew = !_pods.TryGetValue(address, out var pod);
        if (pod is null)
        {
            _pods[address] = pod = new ProbedPod(address);
        }

        var (wasReady, changed) = (pod.Ready, pod.Ready != ready);
        pod.Ready = ready;
        // The kubelet changed its mind about a pod that we use: ask the pod itself again before it gets another request.
        if (isNew || (changed && (wasReady ? pod.Healthy : NeedsReadiness)))
        {
            Examine(pod);
        }
    }

    private bool NeedsReadiness => !_context.TrustsProbes || _context.Mesh == MeshCompatibilityMode.Disabled;

    private void Examine(ProbedPod pod)
    {
        pod.StopProbing();
        pod.Healthy = false;
        if (!_podsReachable || (!pod.Ready && !_context.TrustsProbes))
        {
            return;
        }

        if (pod.Ready && _context.Mesh == MeshCompatibilityMode.Disabled)
        {
            pod.Healthy = true;
            return;
        }

        StartProbing(pod);
    }

    private void TakeOverClusterIp(string? address)
    {
        if (address != _clusterIp || _pods.Count == 0)
        {
            _clusterIpHealthy = false;
        }

        _clusterIp = address;
    }

    private void StartProbing(ProbedPod pod)
    {
        var token = pod.RestartProbing();
        _ = Task.Run(() => ProbeAsync(pod, token), CancellationToken.None);
    }

    private async Task ProbeAsync(ProbedPod pod, CancellationToken cancellationToken)
    {
        for (var attempt = 1; !cancellationToken.IsCancellationRequested; attempt++)
        {
            // Taken before the probe, so that a request that arrives meanwhile still shortens the pause.
            var hurry = _hurry.Task;
            if (Note(pod, await OutcomeAsync(pod.Address, _context.PassthroughHost, cancellationToken), cancellationToken))
            {
                return;
            }

            var pause = ProbeSchedule.Pause(_context.Frequency, _throttle.Waiting > 0, attempt, Pending());
            await Task.WhenAny(hurry, Task.Delay(pause, _context.Time, cancellationToken));
        }
    }

    private async Task<ProbeOutcome> OutcomeAsync(string address, string? passthroughHost, CancellationToken cancellationToken)
    {
        try
        {
            return await _context.Prober.ProbeAsync(new ProbeTarget(address, _context.Http2, passthroughHost), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ProbeOutcome.Unreachable;
        }
        catch (Exception exception)
        {
            ActivatorLog.ProbingFailed(_context.Logger, address, exception);
            return ProbeOutcome.NotReady;
        }
    }

    /// <summary>Takes note of a probe; true when the pod needs no further one.</summary>
    private bool Note(ProbedPod pod, ProbeOutcome outcome, CancellationToken probing)
    {
        lock (_gate)
        {
            if (probing.IsCancellationRequested)
            {
                return true;
            }

            pod.Last = outcome;
            pod.Healthy = outcome == ProbeOutcome.Ready;
            Publish();
            return pod.Healthy;
        }
    }

    private int Pending()
    {
        lock (_gate)
        {
            return _pods.Count - _published.Length;
        }
    }

    private void Publish()
    {
        var clusterIp = _clusterIpHealthy ? _clusterIp : null;
        var usable = _pods.Values.Where(pod => clusterIp is null ? pod.Healthy : pod.Ready).Select(pod => pod.Address).Order(StringComparer.Ordinal).ToImmutableArray();
        if (clusterIp != _publishedClusterIp || !usable.SequenceEqual(_published))
        {
            (_published, _publishedClusterIp) = (usable, clusterIp);
            _throttle.UpdateBackends(usable, clusterIp);
            ActivatorLog.BackendsChanged(_context.Logger, new JoinedAddresses(usable), clusterIp);
        }

        AskClusterIpWhereNeeded();
    }

    private void AskClusterIpWhereNeeded()
    {
        var needed = !_disposed && _context.MayUseClusterIp && !_clusterIpHealthy && _clusterIp is not null && _pods.Count > 0 && _published.IsEmpty;
        if (needed && _askingClusterIp is null)
        {
            var asking = _askingClusterIp = new CancellationTokenSource();
            _ = Task.Run(() => AskClusterIpAsync(asking.Token), CancellationToken.None);
        }
        else if (!needed && _askingClusterIp is not null)
        {
            _askingClusterIp.Cancel();
            _askingClusterIp = null;
        }
    }

    private async Task AskClusterIpAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; !cancellationToken.IsCancellationRequested; attempt++)
        {
            if (ClusterIpToAsk() is { } address
                && await OutcomeAsync(address, null, cancellationToken) == ProbeOutcome.Ready
                && !await PodAnswersAsync(cancellationToken)
                && TryUseClusterIp(address, cancellationToken))
            {
                return;
            }

            // Never hurried while pods may still be reached: those that merely start must not be taken for pods behind a mesh.
            var pause = _podsReachable ? _context.Frequency : ProbeSchedule.Pause(_context.Frequency, _throttle.Waiting > 0, attempt, 1);
            await Task.Delay(pause, _context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Pods that became reachable between their own probes and that of the Service are no pods behind a mesh.
    private async Task<bool> PodAnswersAsync(CancellationToken cancellationToken)
    {
        string? address;
        lock (_gate)
        {
            address = _podsReachable ? _pods.Values.FirstOrDefault(pod => pod.Ready)?.Address : null;
        }

        return address is not null && await OutcomeAsync(address, null, cancellationToken) == ProbeOutcome.Ready;
    }

    private string? ClusterIpToAsk()
    {
        lock (_gate)
        {
            return !_podsReachable || _pods.Values.All(pod => pod.Last is ProbeOutcome.MaybeMesh or ProbeOutcome.Unreachable) ? _clusterIp : null;
        }
    }

    private bool TryUseClusterIp(string address, CancellationToken asking)
    {
        lock (_gate)
        {
            if (asking.IsCancellationRequested || address != _clusterIp)
            {
                return false;
            }

            (_podsReachable, _clusterIpHealthy) = (false, true);
            foreach (var pod in _pods.Values)
            {
                pod.StopProbing();
                pod.Healthy = false;
            }

            Publish();
            return true;
        }
    }
}
