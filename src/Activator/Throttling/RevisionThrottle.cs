using System.Collections.Immutable;
using Knative.Xds.Core.Admission;

namespace Knative.Xds.Activation.Throttling;

/// <summary>Holds the requests of one revision until a pod may take them, and chooses the pod.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/activator/net/throttler.go.</remarks>
internal sealed class RevisionThrottle : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ThrottleOptions _options;
    private readonly Breaker _breaker;
    private readonly PodPicker _picker;
    private readonly WaitingBudget _budget;
    private readonly CancellationTokenSource _closed = new();
    private ImmutableArray<PodSlots> _pods = [];
    private ImmutableArray<PodSlots> _leaving = [];
    private ImmutableArray<PodSlots> _assigned = [];
    private PodSlots? _clusterIp;
    private int _backends;
    private int _activatorIndex = PodAssignment.UnknownIndex;
    private int _activatorCount;
    private int _waiting;
    private int _inFlight;

    public RevisionThrottle(ThrottleOptions options, WaitingBudget budget)
    {
        _options = options;
        _budget = budget;
        _picker = new PodPicker(PodPicker.PolicyFor(options.ContainerConcurrency), options.Random);
        _breaker = options.ContainerConcurrency == 0
            ? Breaker.CreateInfinite()
            : new Breaker(options.MaxWaiting, CapacityRule.Unlimited, initialCapacity: 0);
    }

    /// <summary>Raised, outside every lock, when a request starts to wait.</summary>
    public event Action? WaitingStarted;

    public int Waiting => Volatile.Read(ref _waiting);

    public int InFlight => Volatile.Read(ref _inFlight);

    public int Capacity => _breaker.Capacity;

    public int Backends => Volatile.Read(ref _backends);

    /// <summary>Nobody is admitted any more: the revision is gone, or has a new throttle.</summary>
    public bool IsClosed => _closed.IsCancellationRequested;

    /// <summary>Sends away who waits, and whoever comes.</summary>
    /// <remarks>The source itself stays: who comes later still looks at its token, and without a timer it holds nothing.</remarks>
    public void Dispose() => _closed.Cancel();

    public ThrottleView View()
    {
        lock (_gate)
        {
            return new ThrottleView(_activatorIndex, _activatorCount, _breaker.Capacity, _backends, [.. _assigned.Select(pod => (pod.Address, pod.Capacity))], _clusterIp?.Address);
        }
    }

    /// <summary>Waits for a pod; null when too many requests wait already, or when <see cref="IsClosed"/>.</summary>
    public async ValueTask<PodLease?> AcquireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ReserveAsync(cancellationToken) is not { } permit)
            {
                return null;
            }

            // Between the permit and the pick the pods can have gone; upstream panics here for container concurrency 0.
            if (TryPick() is { } pod)
            {
                Interlocked.Increment(ref _inFlight);
                return new PodLease(this, permit, pod, pod == Volatile.Read(ref _clusterIp));
            }

            permit.Dispose();
            await Task.Yield();
        }
    }

    /// <summary>Replaces the pods that answered their probe, or names the Service's address that stands for them.</summary>
    public void UpdateBackends(ImmutableArray<string> addresses, string? clusterIp)
    {
        lock (_gate)
        {
            _backends = addresses.Length;
            _clusterIp = clusterIp is null ? null : _clusterIp?.Address == clusterIp ? _clusterIp : new PodSlots(clusterIp, PodSlots.Unlimited);
            if (clusterIp is null)
            {
                Replace(addresses);
            }

            Reassign();
        }
    }

    /// <summary>Takes over the activators that serve this revision. Without the own address among them nothing changes.</summary>
    public void UpdateActivators(ImmutableArray<string> addresses)
    {
        var sorted = addresses.Distinct().Order(StringComparer.Ordinal).ToImmutableArray();
        var index = PodAssignment.IndexOf(sorted, _options.OwnAddress);
        if (index == PodAssignment.UnknownIndex)
        {
            return;
        }

        lock (_gate)
        {
            (_activatorIndex, _activatorCount) = (index, sorted.Length);
            Reassign();
        }
    }

    public void Release(BreakerLease permit, PodSlots pod)
    {
        lock (_gate)
        {
            pod.Give();
        }

        Interlocked.Decrement(ref _inFlight);
        permit.Dispose();
    }

    private async ValueTask<BreakerLease?> ReserveAsync(CancellationToken cancellationToken)
    {
        if (IsClosed)
        {
            return null;
        }

        if (_breaker.TryReserve(out var permit))
        {
            return permit;
        }

        if (Interlocked.Increment(ref _waiting) > _options.MaxWaiting || !_budget.TryEnter())
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            WaitingStarted?.Invoke();
            return await _breaker.ReserveAsync(either.Token);
        }
        catch (OperationCanceledException) when (IsClosed && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            _budget.Leave();
            Interlocked.Decrement(ref _waiting);
        }
    }

    private PodSlots? TryPick()
    {
        lock (_gate)
        {
            return _clusterIp is null ? _picker.TryPick(_assigned) : _clusterIp.TryTake() ? _clusterIp : null;
        }
    }

    // A pod that comes back still works on what it was given before: until that has ended it counts.
    private void Replace(ImmutableArray<string> addresses)
    {
        var known = _pods.Concat(_leaving).ToDictionary(pod => pod.Address, StringComparer.Ordinal);
        _pods = [.. addresses.Order(StringComparer.Ordinal).Select(address => known.Remove(address, out var pod) ? pod : new PodSlots(address, _options.ContainerConcurrency))];
        _leaving = [.. known.Values.Where(pod => pod.InUse > 0)];
    }

    private void Reassign()
    {
        if (_clusterIp is null)
        {
            var sharesPods = _options.ContainerConcurrency > 0;
            _assigned = sharesPods ? PodAssignment.Share(_pods, _activatorIndex, _activatorCount) : _pods;
        }

        var tracked = _clusterIp is null ? _assigned.Length : 0;
        var nothing = _clusterIp is null && tracked == 0;
        _breaker.UpdateConcurrency(nothing ? 0 : CapacityRule.Compute(_options.ContainerConcurrency, _backends, tracked, _activatorCount));
    }
}
