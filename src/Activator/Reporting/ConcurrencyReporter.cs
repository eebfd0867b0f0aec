using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Activation.Reporting;

/// <summary>Counts the requests of every revision and says what to tell the autoscaler.</summary>
/// <remarks>Units: instants are nanoseconds of any one clock. Threading: requests from anywhere, reports from one place.
/// Source: knative/serving pkg/activator/handler/concurrency_reporter.go.</remarks>
internal sealed class ConcurrencyReporter(string podName)
{
    private readonly ConcurrentDictionary<ObjectKey, ReportedRevision> _revisions = new();

    /// <summary>Number of revisions with an entry.</summary>
    public int Count => _revisions.Count;

    /// <summary>Counts a request in. <paramref name="first"/> is what to send at once, because the autoscaler may know of no traffic yet; else null.</summary>
    public ReportedRevision Enter(ObjectKey key, long now, out StatMessage? first)
    {
        first = null;
        while (true)
        {
            if (!_revisions.TryGetValue(key, out var revision))
            {
                // It holds its request before anyone sees it: a report in between would take back the one that is told at once.
                revision = new ReportedRevision(key, now);
                revision.TryEnter(now);
                if (_revisions.TryAdd(key, revision))
                {
                    first = Poke(key);
                    return revision;
                }

                continue;
            }

            if (revision.TryEnter(now))
            {
                return revision;
            }

            _revisions.TryRemove(KeyValuePair.Create(key, revision));
        }
    }

    /// <summary>The message that says "one request is here".</summary>
    public StatMessage Poke(ObjectKey key) => new(key, new Stat { PodName = podName, AverageConcurrentRequests = 1, RequestCount = 1 });

    /// <summary>Ends the period of every revision; those that saw nothing are forgotten.</summary>
    public ImmutableArray<StatMessage> Report(long now)
    {
        var messages = ImmutableArray.CreateBuilder<StatMessage>();
        foreach (var (key, revision) in _revisions)
        {
            messages.Add(new StatMessage(key, revision.Report(podName, now, out var idle)));
            if (idle && revision.TryClose())
            {
                _revisions.TryRemove(KeyValuePair.Create(key, revision));
            }
        }

        return messages.DrainToImmutable();
    }
}
