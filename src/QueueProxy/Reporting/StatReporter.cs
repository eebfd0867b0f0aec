using Knative.Xds.Core.Stats;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Turns the counts of every second into the bytes that the autoscaler scrapes.</summary>
/// <remarks>Threading: one timer writes <see cref="Latest"/>, any request reads it. Source: knative/serving pkg/queue/protobuf_stats_reporter.go.</remarks>
internal sealed class StatReporter : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly RequestStats _stats;
    private readonly string _pod;
    private readonly TimeProvider _timeProvider;
    private readonly long _start;
    private readonly ITimer _timer;
    private byte[] _latest;

    public StatReporter(RequestStats stats, string pod, TimeProvider timeProvider)
    {
        (_stats, _pod, _timeProvider) = (stats, pod, timeProvider);
        _start = timeProvider.Nanoseconds();
        _latest = StatCodec.Encode(new Stat { PodName = pod });
        _timer = timeProvider.CreateTimer(static state => ((StatReporter)state!).Report(), this, Period, Period);
    }

    /// <summary>A bare Stat; before the end of the first period it holds the pod name only.</summary>
    public ReadOnlyMemory<byte> Latest => Volatile.Read(ref _latest);

    public void Dispose() => _timer.Dispose();

    private void Report()
    {
        var now = _timeProvider.Nanoseconds();
        var stat = _stats.Report(now).ToStat(_pod, (long)Period.TotalNanoseconds, now - _start);
        Volatile.Write(ref _latest, StatCodec.Encode(stat));
    }
}
