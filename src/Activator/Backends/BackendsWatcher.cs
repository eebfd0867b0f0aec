using System.Collections.Immutable;
using Knative.Xds.Activation.Throttling;

namespace Knative.Xds.Activation.Backends;

/// <summary>Finds out which pods of one revision take requests, and tells the revision's throttle.</summary>
/// <remarks>Shape: an address is given to the throttle only after its own probe passed; Kubernetes' readiness is not waited for.
/// Threading: safe; each address that has not passed has one probing task of its own.
/// Source: knative/serving pkg/activator/net/revision_backends.go.</remarks>
internal sealed class BackendsWatcher : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProbedPod> _pods = new(StringComparer.Ordinal);
    private readonly RevisionThrottle _throttle;
    private readonly BackendsContext _context;
    private volatile TaskCompletionSource _hurry = NewSignal();
    private ImmutableArray<string> _published = [];
    private bool _disposed;

    public BackendsWatcher(RevisionThrottle throttle, BackendsContext context)
    {
        _throttle = throttle;
        _context = context;
        throttle.WaitingStarted += Hurry;
    }

    /// <summary>Takes over the addresses that Kubernetes knows of.</summary>
    public void Update(IReadOnlyCollection<string> ready, IReadOnlyCollection<string> notReady)
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

            Publish();
        }
    }

    /// <summary>Notes that a request could not reach a pod: it gets no more until a new probe has passed.</summary>
    public void ReportUnreachable(string address)
    {
        lock (_gate)
        {
            if (_pods.TryGetValue(address, out var pod) && pod.Healthy)
            {
                StartProbing(pod);
                Publish();
            }
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

        if (!_pods.TryGetValue(address, out var pod))
        {
            _pods[address] = pod = new ProbedPod(address) { Ready = ready };
            StartProbing(pod);
            return;
        }

        // The kubelet changed its mind about a pod that we use: ask the pod itself again before it gets another request.
        if (pod is { Ready: true, Healthy: true } && !ready)
        {
            StartProbing(pod);
        }

        pod.Ready = ready;
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
            if (await PassesAsync(pod, cancellationToken))
            {
                Pass(pod, cancellationToken);
                return;
            }

            var pause = ProbeSchedule.Pause(_context.Frequency, _throttle.Waiting > 0, attempt, Pending());
            await Task.WhenAny(hurry, Task.Delay(pause, _context.Time, cancellationToken));
        }
    }

    private async Task<bool> PassesAsync(ProbedPod pod, CancellationToken cancellationToken)
    {
        try
        {
            return await _context.Prober.ProbeAsync(pod.Address, _context.Http2, cancellationToken) == ProbeOutcome.Ready;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception)
        {
            ActivatorLog.ProbingFailed(_context.Logger, pod.Address, exception);
            return false;
        }
    }

    private void Pass(ProbedPod pod, CancellationToken probing)
    {
        lock (_gate)
        {
            if (!probing.IsCancellationRequested)
            {
                pod.Healthy = true;
                Publish();
            }
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
        var healthy = _pods.Values.Where(pod => pod.Healthy).Select(pod => pod.Address).Order(StringComparer.Ordinal).ToImmutableArray();
        if (!healthy.SequenceEqual(_published))
        {
            _published = healthy;
            _throttle.UpdateBackends(healthy, clusterIp: null);
        }
    }
}
