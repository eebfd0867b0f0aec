using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>The decider of one revision: its settings, its state and its last decision.</summary>
/// <remarks>Threading: safe; one decision at a time.</remarks>
internal sealed class RevisionDecider
{
    private readonly Lock _lock = new();
    private DeciderSpec _spec;
    private ScaleState _state;
    private ScaleDecision _last;

    public RevisionDecider(DeciderSpec spec, string[] labels, int readyPods, DateTimeOffset now)
    {
        (_spec, Labels, CreatedAt) = (spec, labels, now);
        _state = Decider.Start(spec, readyPods, now);
        _last = Decider.Initial(spec);
    }

    /// <summary>Metric labels of the revision.</summary>
    public string[] Labels { get; }

    public DateTimeOffset CreatedAt { get; }

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

    /// <summary>Decides. <paramref name="onlyFromZero"/> decides only while the decision in force is zero, so that of many first requests one decides.</summary>
    /// <returns>The decision, and whether its watcher must act; null when nothing was decided.</returns>
    public (ScaleDecision Decision, bool Matters)? Decide(Func<DeciderSpec, ScaleInput> observe, DateTimeOffset now, bool onlyFromZero)
    {
        lock (_lock)
        {
            if (onlyFromZero && _last.Desired != 0)
            {
                return null;
            }

            (var decision, _state) = Decider.Decide(_spec, observe(_spec), _state, now);
            if (!decision.Valid)
            {
                return null;
            }

            var matters = Decider.Matters(_last, decision);
            _last = decision;
            return (decision, matters);
        }
    }
}
