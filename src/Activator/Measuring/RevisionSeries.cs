using System.Collections.Concurrent;
using Knative.Xds.Activation.Revisions;

namespace Knative.Xds.Activation.Measuring;

/// <summary>The series of one revision.</summary>
/// <remarks>Shape: they begin with the first value and end with the revision; statuses that an application makes up cannot make more than a bounded number.
/// Threading: safe.</remarks>
internal sealed class RevisionSeries(ActivatorMetrics metrics, Revision revision)
{
    private const int Most = 100;
    private readonly ConcurrentDictionary<RequestFacts, RequestChildren> _requests = new();
    private readonly Lock _gate = new();
    private volatile bool _forgotten;

    public void Observe(RequestFacts facts, TimeSpan duration, long requestBytes, long responseBytes)
    {
        if (!_requests.TryGetValue(facts, out var children))
        {
            children = Make(facts);
        }

        children?.Observe(duration, requestBytes, responseBytes);
    }

    public void ObserveConcurrency(double value)
    {
        lock (_gate)
        {
            if (!_forgotten)
            {
                metrics.Concurrency.WithLabels(Labels()).Set(value);
                metrics.OldConcurrency?.WithLabels(RequestChildren.OldLabels(metrics, revision)).Set(value);
            }
        }
    }

    public void ObserveRequests(int waiting, int inFlight)
    {
        lock (_gate)
        {
            if (!_forgotten)
            {
                metrics.Queued.WithLabels(revision.Key.Namespace, revision.Key.Name).Set(waiting);
                metrics.Active.WithLabels(revision.Key.Namespace, revision.Key.Name).Set(inFlight);
            }
        }
    }

    /// <summary>Drops everything; what comes later is not counted.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _forgotten = true;
            metrics.Concurrency.RemoveLabelled(Labels());
            metrics.OldConcurrency?.RemoveLabelled(RequestChildren.OldLabels(metrics, revision));
            metrics.Queued.RemoveLabelled(revision.Key.Namespace, revision.Key.Name);
            metrics.Active.RemoveLabelled(revision.Key.Namespace, revision.Key.Name);
            foreach (var children in _requests.Values)
            {
                children.Forget();
            }
        }
    }

    private RequestChildren? Make(RequestFacts facts)
    {
        lock (_gate)
        {
            if (_forgotten)
            {
                return null;
            }

            var kept = _requests.Count < Most ? facts : facts with { Status = 0 };
            return _requests.GetOrAdd(kept, key => new RequestChildren(metrics, revision, key));
        }
    }

    private string[] Labels() => [revision.Key.Namespace, revision.Service, revision.Configuration, revision.Key.Name];
}
