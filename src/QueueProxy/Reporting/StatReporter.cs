using Knative.Xds.Core.Stats;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Turns the counts of every second into what the autoscaler scrapes.</summary>
/// <remarks>Threading: one timer writes <see cref="Latest"/>, any request reads it. Source: knative/serving pkg/queue/protobuf_stats_reporter.go, prometheus_stats_reporter.go of release 1.10.</remarks>
internal sealed class StatReporter : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly RequestStats _stats;
    private readonly QueueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly long _start;
    private readonly ITimer _timer;
    private byte[] _latest;

    public StatReporter(RequestStats stats, QueueOptions options, TimeProvider timeProvider)
    {
        (_stats, _options, _timeProvider) = (stats, options, timeProvider);
        _start = timeProvider.Nanoseconds();
        _latest = StatCodec.Encode(new Stat { PodName = options.Pod });
        _timer = timeProvider.CreateTimer(static state => ((StatReporter)state!).Report(), this, Period, Period);
    }

    /// <summary>A bare Stat; before the end of the first period it holds the pod name only.</summary>
    public ReadOnlyMemory<byte> Latest => Volatile.Read(ref _latest);

    /// <summary>The same as Prometheus text, as autoscalers read it before they read protobuf.</summary>
    public string LatestText()
    {
        StatCodec.Decode(Latest.Span, out var stat);
        var text = new PrometheusText();
        var labels = PrometheusText.Labels(
        [
            ("destination_configuration", _options.Configuration),
            ("destination_namespace", _options.Namespace),
            ("destination_pod", _options.Pod),
            ("destination_revision", _options.Revision),
        ]);
        (string Name, string Help, double Value)[] gauges =
        [
            ("queue_average_concurrent_requests", "Number of requests currently being handled by this pod", stat.AverageConcurrentRequests),
            ("queue_average_proxied_concurrent_requests", "Number of proxied requests currently being handled by this pod", stat.AverageProxiedConcurrentRequests),
            ("queue_requests_per_second", "Number of requests per second", stat.RequestCount),
            ("queue_proxied_operations_per_second", "Number of proxied requests per second", stat.ProxiedRequestCount),
            ("process_uptime", "The number of seconds that the process has been up", stat.ProcessUptime),
        ];
        foreach (var (name, help, value) in gauges)
        {
            text.Header(name, "gauge", help);
            text.Sample(name, labels, value);
        }

        return text.ToString();
    }

    public void Dispose() => _timer.Dispose();

    private void Report()
    {
        var now = _timeProvider.Nanoseconds();
        Take(_stats.Report(now), (long)Period.TotalNanoseconds, now - _start);
    }

    /// <summary>What the next scrape is answered with; times in nanoseconds.</summary>
    internal void Take(in RequestReport report, long period, long uptime) => Volatile.Write(ref _latest, StatCodec.Encode(report.ToStat(_options.Pod, period, uptime)));
}
