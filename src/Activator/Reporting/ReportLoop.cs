using Knative.Xds.Activation.Revisions;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Activation.Reporting;

/// <summary>Sends the reports: one a second, and a first one at once.</summary>
internal sealed class ReportLoop : BackgroundService
{
    private const long NanosecondsPerTick = 100;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly ConcurrencyReporter _reporter;
    private readonly AutoscalerLink _link;
    private readonly RevisionTable _revisions;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _started;

    public ReportLoop(ConcurrencyReporter reporter, AutoscalerLink link, RevisionTable revisions, TimeProvider time, ILogger<ReportLoop> logger)
    {
        (_reporter, _link, _revisions, _time, _logger) = (reporter, link, revisions, time, logger);
        _started = time.GetTimestamp();
        link.Connected += PokeForWaiting;
    }

    private long Now => _time.GetElapsedTime(_started).Ticks * NanosecondsPerTick;

    /// <summary>Counts a request in and tells the autoscaler at once when it is the first one.</summary>
    public ReportedRevision Enter(ObjectKey key)
    {
        var revision = _reporter.Enter(key, Now, out var first);
        if (first is { } message)
        {
            _link.Send([message]);
            ActivatorLog.FirstRequest(_logger, key);
        }

        return revision;
    }

    public void Leave(ReportedRevision revision) => revision.Leave(Now);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var messages = _reporter.Report(Now);
            if (messages.IsEmpty)
            {
                continue;
            }

            _link.Send(messages);
            foreach (var message in messages)
            {
                if (_revisions.Find(message.Key) is { } runtime)
                {
                    runtime.Series.ObserveConcurrency(message.Stat.AverageConcurrentRequests);
                }
            }
        }
    }

    // Upstream loses a first report while the link is down, and the cold start then waits for later reports.
    private void PokeForWaiting()
    {
        StatMessage[] pokes = [.. _revisions.All.Where(runtime => runtime.Throttle.Waiting > 0).Select(runtime => _reporter.Poke(runtime.Revision.Key))];
        if (pokes.Length > 0)
        {
            _link.Send([.. pokes]);
        }
    }
}
