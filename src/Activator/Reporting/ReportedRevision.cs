using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Activation.Reporting;

/// <summary>Requests of one revision, as the reporter counts them.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class ReportedRevision(ObjectKey key, long now)
{
    private readonly Lock _gate = new();
    private readonly RequestStats _stats = new(now);
    private int _held;
    private bool _closed;
    // The request that was reported at once must not be reported again.
    private double _alreadyReported = 1;

    public ObjectKey Key => key;

    /// <summary>Counts a request in; false when this entry was closed meanwhile.</summary>
    public bool TryEnter(long now)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _held++;
        }

        _stats.In(now, proxied: false);
        return true;
    }

    public void Leave(long now)
    {
        _stats.Out(now, proxied: false);
        lock (_gate)
        {
            _held--;
        }
    }

    /// <summary>Ends the period. <paramref name="idle"/> tells whether it saw nothing at all.</summary>
    public Stat Report(string podName, long now, out bool idle)
    {
        var report = _stats.Report(now);
        var adjustment = Interlocked.Exchange(ref _alreadyReported, 0);
        idle = report.AverageConcurrency == 0;
        return new Stat
        {
            PodName = podName,
            AverageConcurrentRequests = Math.Max(report.AverageConcurrency - adjustment, 0),
            RequestCount = report.RequestCount - adjustment,
        };
    }

    /// <summary>Closes the entry unless a request holds it.</summary>
    public bool TryClose()
    {
        lock (_gate)
        {
            return _closed = _held == 0;
        }
    }
}
