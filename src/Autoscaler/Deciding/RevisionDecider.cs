using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>The decider of one revision: its settings, its state and its last decision.</summary>
/// <remarks>Threading: safe; one decision at a time.</remarks>
internal sealed class RevisionDecider
{
    private readonly Lock _lock = new();
    private readonly DecisionLog _log = new();
    private DeciderSpec _spec;
    private ScaleState _state;
    private ScaleDecision _last;
    private long _decisions;

    public RevisionDecider(DeciderSpec spec, RevisionSeries series, int readyPods, FoundScale found, DateTimeOffset now)
    {
        (_spec, Series, CreatedAt) = (spec, series, now);
        _state = Decider.Resume(spec, readyPods, found, now);
        _last = Decider.Resumed(spec, found);
        series.Set(RevisionValue.Panic, _state.PanicTime is null ? 0 : 1);
    }

    /// <summary>Metrics of the revision.</summary>
    public RevisionSeries Series { get; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>How often it was decided with data.</summary>
    public long Decisions => Interlocked.Read(ref _decisions);

    /// <summary>The decision in force.</summary>
    public ScaleDecision Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    public DeciderSpec Spec
    {
        get
        {
            lock (_lock)
            {
                return _spec;
            }
        }
    }

    /// <summary>Takes new settings; panic, delay window and the decision in force stay.</summary>
    public void Update(DeciderSpec spec)
    {
        lock (_lock)
        {
            _spec = spec;
        }
    }

    /// <summary>Moves what it remembers of the past along with a clock that was set back.</summary>
    public void ShiftBack(TimeSpan step, DateTimeOffset now)
    {
        lock (_lock)
        {
            CreatedAt -= step;
            _state = Decider.Hold(_spec, _last, _state.ShiftBack(step), now);
        }
    }

    /// <summary>Keeps the pods that were decided last until there was time for a whole window of data.</summary>
    public void Hold(DateTimeOffset now)
    {
        lock (_lock)
        {
            _state = Decider.Hold(_spec, _last, _state, now);
        }
    }

    /// <summary>Decides. <paramref name="onlyFromZero"/> decides only while the decision in force is zero, so that of many first requests one decides.</summary>
    /// <returns>The decision, and whether its watcher must act; null when nothing was decided.</returns>
    public (ScaleDecision Decision, bool Matters)? Decide(DeciderSpec spec, in ScaleInput input, DateTimeOffset now, bool onlyFromZero)
    {
        lock (_lock)
        {
            if (onlyFromZero && _last.Desired != 0)
            {
                return null;
            }

            (var decision, _state) = Decider.Decide(spec, input, _state, now);
            _log.Add(now, spec, decision, _state);
            if (!decision.Valid)
            {
                return null;
            }

            Interlocked.Increment(ref _decisions);
            var matters = Decider.Matters(_last, decision);
            _last = decision;
            return (decision, matters);
        }
    }

    /// <summary>The last decisions, the newest first.</summary>
    public List<DecisionRecord> History()
    {
        lock (_lock)
        {
            return _log.ToList();
        }
    }
}
