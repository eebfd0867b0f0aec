using System.Collections.Concurrent;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>Deciders of all revisions.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/autoscaler/scaling/multiscaler.go.</remarks>
internal sealed class DeciderTable(CollectionTable collections, ClusterCaches caches, RevisionMetrics metrics, ColdStarts coldStarts, TimeProvider time, ILogger<DeciderTable> logger)
{
    private readonly ConcurrentDictionary<ObjectKey, RevisionDecider> _deciders = new();

    /// <summary>Fires when a decision changes what its revision's reconciler acts on.</summary>
    public event Action<ObjectKey>? Changed;

    /// <summary>Fires when a revision at zero is decided to need pods: the fast way to its scale target.</summary>
    public event Action<ObjectKey, ScaleDecision>? WokeUp;

    /// <summary>Revisions that have a decider, at this moment.</summary>
    public IEnumerable<ObjectKey> Keys => _deciders.Select(entry => entry.Key);

    public RevisionDecider? Find(ObjectKey key) => _deciders.GetValueOrDefault(key);

    /// <summary>Makes the decider of a revision, which begins with what is found of the one before it, or gives it new settings.</summary>
    public RevisionDecider CreateOrUpdate(ObjectKey key, DeciderSpec spec, IDictionary<string, string>? labels, FoundScale found)
    {
        if (!_deciders.TryGetValue(key, out var decider))
        {
            var series = new RevisionSeries(metrics, RevisionMetrics.LabelsOf(key, labels));
            var ready = caches.PodsByRevision.Of(key).Counts.Ready;
            decider = _deciders.GetOrAdd(key, new RevisionDecider(spec, series, ready, found, time.GetUtcNow()));
        }

        if (decider.Spec != spec)
        {
            decider.Update(spec);
        }

        return decider;
    }

    public void Delete(ObjectKey key)
    {
        coldStarts.Forget(key);
        if (_deciders.TryRemove(key, out var decider))
        {
            decider.Series.Remove();
        }
    }

    /// <summary>Decides all revisions that are due.</summary>
    public void DecideAll(TimeSpan minAge)
    {
        var now = time.GetUtcNow();
        foreach (var (key, decider) in _deciders)
        {
            // The first decision is due one tick after creation: before, there is no data to speak of.
            if (now - decider.CreatedAt >= minAge)
            {
                TryDecide(key, decider, now);
            }
        }
    }

    /// <summary>Decides at once when a stat shows requests for a revision that was decided to zero.</summary>
    public void Poke(ObjectKey key, double averageConcurrentRequests)
    {
        if (_deciders.TryGetValue(key, out var decider) && Decider.ShouldPoke(decider.Last.Desired, averageConcurrentRequests))
        {
            Decide(key, decider, time.GetUtcNow(), onlyFromZero: true);
        }
    }

    /// <summary>Moves what deciders remember of the past along with a clock that was set back.</summary>
    public void ShiftBack(TimeSpan step)
    {
        var now = time.GetUtcNow();
        foreach (var (_, decider) in _deciders)
        {
            decider.ShiftBack(step, now);
        }
    }

    /// <summary>Keeps the scale in force for a stable window: what it was decided from is about to be forgotten.</summary>
    public void Hold(ObjectKey key) => Find(key)?.Hold(time.GetUtcNow());

    // What one decision leads to must not leave the revisions after it undecided.
    private void TryDecide(ObjectKey key, RevisionDecider decider, DateTimeOffset now)
    {
        try
        {
            Decide(key, decider, now, onlyFromZero: false);
        }
        catch (Exception exception)
        {
            AutoscalerLog.DecisionFailed(logger, key, exception);
        }
    }

    private void Decide(ObjectKey key, RevisionDecider decider, DateTimeOffset now, bool onlyFromZero)
    {
        var spec = decider.Spec;
        var ready = caches.PodsByRevision.Of(key).Counts.Ready;
        var before = decider.Last.Desired;
        var averages = Decider.MetricAsked(spec, ready) is { } metric ? collections.Averages(key, metric, now).Averages : null;
        var input = new ScaleInput(ready, averages);
        if (decider.Decide(spec, input, now, onlyFromZero) is not { } outcome)
        {
            return;
        }

        decider.Series.Decided(spec, outcome.Decision);
        Follow(key, ready, before, outcome.Decision);
        if (onlyFromZero && outcome.Decision.Desired > 0)
        {
            WokeUp?.Invoke(key, outcome.Decision);
        }

        if (outcome.Matters)
        {
            Changed?.Invoke(key);
        }
    }

    private void Follow(ObjectKey key, int ready, int before, in ScaleDecision decision)
    {
        if (decision.Desired == 0)
        {
            coldStarts.Forget(key);
        }
        // A running revision whose pods have all become unready starts nothing.
        else if (ready == 0 && before <= 0)
        {
            coldStarts.Begin(key);
        }
    }
}
