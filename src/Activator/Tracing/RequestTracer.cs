using System.Diagnostics;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Core.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Knative.Xds.Activation.Tracing;

/// <summary>Spans of requests, sent where config-observability says, and followed live.</summary>
/// <remarks>Threading: safe. Source: knative/pkg observability/tracing: a rate of 1 traces everything, 0 nothing, else the caller's decision counts and the rate decides for those without one.</remarks>
internal sealed class RequestTracer : IDisposable
{
    private const string Scope = "knative.dev/serving/pkg/activator";
    private readonly Lock _gate = new();
    private readonly ActivitySource _source = new(Scope);
    private readonly LiveSettings _settings;
    private readonly ActivatorOptions _options;
    private readonly ILogger _logger;
    private TracingConfig _config = new();
    private TracerProvider? _provider;

    public RequestTracer(LiveSettings settings, ActivatorOptions options, ILogger<RequestTracer> logger)
    {
        (_settings, _options, _logger) = (settings, options, logger);
        settings.ObservabilityChanged += Follow;
        Follow();
    }

    /// <summary>Whether any request is traced.</summary>
    public bool IsOn => _source.HasListeners();

    /// <summary>Begins the span of a request; null when it is not traced.</summary>
    public Activity? StartRequest(HttpRequest request)
    {
        // Whatever the server began is nobody's span.
        Activity.Current = null;
        ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out var parent);
        return Recorded(_source.StartActivity("handle", ActivityKind.Server, parent));
    }

    /// <summary>Begins a span within that of the request; null when the request is not traced.</summary>
    public Activity? Start(string name) => Activity.Current?.Source == _source ? Recorded(_source.StartActivity(name)) : null;

    public void Dispose()
    {
        _settings.ObservabilityChanged -= Follow;
        lock (_gate)
        {
            _provider?.Dispose();
        }

        _source.Dispose();
    }

    private static Activity? Recorded(Activity? activity)
    {
        if (activity is { Recorded: false })
        {
            activity.Dispose();
            return null;
        }

        return activity;
    }

    private void Follow()
    {
        lock (_gate)
        {
            var config = _settings.Observability.Tracing;
            if (config == _config)
            {
                return;
            }

            _provider?.Dispose();
            (_config, _provider) = (config, config.Protocol == "none" ? null : Create(config));
            ActivatorLog.Tracing(_logger, config.Protocol, config.Endpoint, config.SamplingRate);
        }
    }

    private TracerProvider Create(TracingConfig config)
    {
        var builder = Sdk.CreateTracerProviderBuilder()
            .AddSource(Scope)
            .SetSampler(Sampler(config.SamplingRate))
            .ConfigureResource(resource => resource.AddService("activator", serviceInstanceId: _options.PodName));
        builder = config.Protocol == "stdout" ? builder.AddProcessor(new SimpleActivityExportProcessor(new SpanPrinter())) : builder.AddOtlpExporter(exporter =>
        {
            exporter.Protocol = config.Protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
            if (config.Endpoint.Length > 0)
            {
                exporter.Endpoint = new Uri(config.Endpoint.Contains("://", StringComparison.Ordinal) ? config.Endpoint : $"http://{config.Endpoint}");
            }
        });
        return builder.Build();
    }

    private static Sampler Sampler(double rate) => rate switch
    {
        >= 1 => new AlwaysOnSampler(),
        <= 0 => new AlwaysOffSampler(),
        _ => new ParentBasedSampler(new TraceIdRatioBasedSampler(rate)),
    };
}
