using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube.Leases;

/// <summary>Takes part in a leader election over one Lease: acquires it when it is free or has run out, renews it, gives it back when it stops.</summary>
/// <remarks>Threading: handlers run one at a time on the elector's task; the properties may be read from anywhere. Source: the protocol of client-go
/// tools/leaderelection, so candidates of both kinds can share a lease.</remarks>
public sealed class LeaseElector
{
    private static readonly TimeSpan AfterExpiry = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(5);
    private readonly ILeaseStore _store;
    private readonly string _identity;
    private readonly string _name;
    private readonly LeaseTimings _timings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _start;
    private readonly List<Action<bool>> _handlers = [];
    private V1Lease? _lease;
    private ObservedLease? _observed;
    private bool _announced;
    // Ticks on our clock until which we lead; 0 when we do not. A long, so that readers see it whole.
    private long _leadsUntil;

    /// <summary>Makes a candidate; <paramref name="identity"/> is unique among them, usually the pod's name.</summary>
    public LeaseElector(KubeClient client, ObjectKey lease, string identity, LeaseTimings timings, TimeProvider time, ILogger logger)
        : this(new KubeLeaseStore(client, lease), lease.ToString(), identity, timings, time, logger)
    {
    }

    internal LeaseElector(ILeaseStore store, string name, string identity, LeaseTimings timings, TimeProvider time, ILogger logger)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity);
        if (timings.RenewDeadline >= timings.Duration || timings.RetryPeriod >= timings.RenewDeadline)
        {
            throw new ArgumentException($"lease {name}: the retry period must be shorter than the renew deadline, and that shorter than the duration", nameof(timings));
        }

        (_store, _name, _identity, _timings, _time, _logger) = (store, name, identity, timings, time, logger);
        _start = time.GetTimestamp();
    }

    /// <summary>Whether we lead at this moment. It turns false by itself when a renewal is overdue, whatever the network does.</summary>
    public bool IsLeader => Now.Ticks < Volatile.Read(ref _leadsUntil);

    /// <summary>Identity of the last known holder; empty when there is none.</summary>
    public string Holder => Volatile.Read(ref _observed)?.Holder ?? "";

    /// <summary>Adds a handler that gets true on promotion and false on demotion; only before <see cref="RunAsync"/>.</summary>
    public void OnChange(Action<bool> handler) => _handlers.Add(handler);

    /// <summary>Runs until the token fires; then gives the lease back. Never throws but for cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await TryAsync(cancellationToken);
                Announce();
                await Task.Delay(UntilNextTry(), _time, cancellationToken);
                Announce();
            }
        }
        finally
        {
            await ReleaseAsync();
            Announce();
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        // A leader must know that it lost before others may take over, so no try outlasts the deadline.
        using var limit = new CancellationTokenSource(IsLeader ? Remaining() : _timings.RenewDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await StepAsync(either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (KubeException refusal) when (refusal.IsConflict)
        {
            // Somebody was faster; the next reading tells who.
        }
        catch (Exception error)
        {
            KubeLog.LeaseFailed(_logger, _name, error.Message);
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        Learn(await _store.ReadAsync(cancellationToken));
        // Taken before the write: the lease may count from any moment after it.
        var asked = Now;
        var step = ObservedLease.Decide(_observed, _identity, asked);
        if (step == LeaseStep.Wait)
        {
            Volatile.Write(ref _leadsUntil, 0);
            return;
        }

        var written = step == LeaseStep.Create
            ? await _store.CreateAsync(Spec(step), cancellationToken)
            : await _store.ReplaceAsync(With(_lease!, Spec(step)), cancellationToken);
        Learn(written);
        Volatile.Write(ref _leadsUntil, (asked + _timings.RenewDeadline).Ticks);
    }

    private void Learn(V1Lease? lease)
    {
        _lease = lease;
        Volatile.Write(ref _observed, lease is null ? null : ObservedLease.Observe(
            _observed, lease.Spec?.HolderIdentity ?? "", TimeSpan.FromSeconds(lease.Spec?.LeaseDurationSeconds ?? 0), lease.Metadata.ResourceVersion ?? "", Now));
    }

    private V1LeaseSpec Spec(LeaseStep step)
    {
        var now = MicroTime.Of(_time.GetUtcNow());
        var old = _lease?.Spec;
        return new V1LeaseSpec
        {
            HolderIdentity = _identity,
            LeaseDurationSeconds = (int)Math.Ceiling(_timings.Duration.TotalSeconds),
            AcquireTime = step == LeaseStep.Renew ? MicroTime.Of(old?.AcquireTime) ?? now : now,
            RenewTime = now,
            LeaseTransitions = (old?.LeaseTransitions ?? 0) + (step == LeaseStep.Take ? 1 : 0),
        };
    }

    private static V1Lease With(V1Lease lease, V1LeaseSpec spec) => new() { ApiVersion = lease.ApiVersion, Kind = lease.Kind, Metadata = lease.Metadata, Spec = spec };

    private TimeSpan Remaining() => TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, Volatile.Read(ref _leadsUntil) - Now.Ticks));

    private TimeSpan UntilNextTry()
    {
        // Spread, so that candidates that started together do not try together.
        var period = _timings.RetryPeriod * (1 + (0.2 * Random.Shared.NextDouble()));
        if (IsLeader)
        {
            return Remaining() < period ? Remaining() : period;
        }

        // A lease that runs out meanwhile is taken when it does, and not up to a whole period later.
        return _observed is { Holder.Length: > 0 } lease && lease.SeenAt + lease.Duration - Now is var left && left >= TimeSpan.Zero && left < period ? left + AfterExpiry : period;
    }

    private void Announce()
    {
        var leads = IsLeader;
        if (leads == _announced)
        {
            return;
        }

        _announced = leads;
        KubeLog.LeadershipChanged(_logger, _name, _identity, leads);
        foreach (var handler in _handlers)
        {
            try
            {
                handler(leads);
            }
            catch (Exception error)
            {
                KubeLog.LeaseHandlerFailed(_logger, _name, error);
            }
        }
    }

    private async Task ReleaseAsync()
    {
        var led = IsLeader;
        Volatile.Write(ref _leadsUntil, 0);
        if (!led || _lease is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(ReleaseLimit, _time);
        try
        {
            var spec = Spec(LeaseStep.Renew);
            (spec.HolderIdentity, spec.LeaseDurationSeconds) = ("", 1);
            await _store.ReplaceAsync(With(_lease, spec), limit.Token);
        }
        catch (Exception error)
        {
            // Not given back, it runs out.
            KubeLog.LeaseFailed(_logger, _name, error.Message);
        }
    }
}
