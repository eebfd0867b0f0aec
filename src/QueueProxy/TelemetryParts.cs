using Knative.Xds.Core.Admission;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Templating;
using Knative.Xds.QueueProxy.Exporting;
using Knative.Xds.QueueProxy.Handling;
using Knative.Xds.QueueProxy.Reporting;
using Knative.Xds.QueueProxy.Tracing;
using Knative.Xds.RequestLogging;

namespace Knative.Xds.QueueProxy;

/// <summary>Makes what the cluster's settings ask for, and nothing else: most pods neither log requests nor send anything.</summary>
internal sealed class TelemetryParts : IAsyncDisposable
{
    private const string MetricsMethod = "opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private const string TraceMethod = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private readonly QueueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly MetricsExporter? _metrics;
    private readonly SpanQueue? _spans;
    private readonly OtlpClient? _spanClient;

    public TelemetryParts(QueueOptions options, Breaker? breaker, RefusalCounter refusals, Stream output, TimeProvider timeProvider, ILogger logger)
    {
        (_options, _timeProvider, _logger) = (options, timeProvider, logger);
        var metrics = new RequestMetrics();
        var tracing = options.Observability.Tracing;
        if (OtlpClient.IsRemote(tracing.Protocol))
            _spanClient = new OtlpClient("traces", tracing.Protocol, tracing.Endpoint, TraceMethod, timeProvider, logger);
        if (tracing.Protocol != "none")
            _spans = new SpanQueue(_spanClient is { } client ? (spans, cancelled) => client.SendAsync(OtlpTraces.Encode(options, spans), cancelled) : new SpanPrinter(output).PrintAsync, timeProvider);
        if (OtlpClient.IsRemote(options.Observability.RequestMetrics.Protocol))
            _metrics = CreateExporter(options.Observability.RequestMetrics, new OtlpMetrics(options, metrics, breaker, timeProvider.GetUtcNow()));
        Telemetry = new Telemetry(metrics, refusals, CreateLog(output), _spans is null ? null : new Tracer(tracing, _spans, timeProvider));
    }

    public Telemetry Telemetry { get; }

    public async ValueTask DisposeAsync()
    {
        if (_metrics is not null)
            await _metrics.DisposeAsync();
        if (_spans is not null)
            await _spans.DisposeAsync();
        _spanClient?.Dispose();
        if (Telemetry.Log is not null)
            await Telemetry.Log.DisposeAsync();
    }

    private MetricsExporter CreateExporter(ExportConfig config, OtlpMetrics metrics) =>
        new(metrics, new OtlpClient("metrics", config.Protocol, config.Endpoint, MetricsMethod, _timeProvider, _logger), config.ExportInterval, _timeProvider);

    // As upstream: a template that cannot be read costs the log, not the pod.
    private RequestLog? CreateLog(Stream output)
    {
        var config = _options.Observability;
        if (!config.EnableRequestLog || config.RequestLogTemplate.Length == 0)
            return null;
        try
        {
            var revision = new LoggedRevision(_options.Revision, _options.Namespace, _options.Service, _options.Configuration, _options.Pod, _options.PodIp);
            return new RequestLog(config.RequestLogTemplate, config.EnableProbeRequestLog, _ => revision, output, _timeProvider, _options.Limits.LogBytes);
        }
        catch (GoTemplateException error)
        {
            QueueLog.RequestLogUnavailable(_logger, error.Message);
            return null;
        }
    }
}
