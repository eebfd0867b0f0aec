using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Core.Templating;
using Knative.Xds.RequestLogging;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Writes the log of requests where config-observability asks for it, and follows that live.</summary>
/// <remarks>Threading: settings change on a watcher's task; requests under way are logged as was asked for when they began. Source: knative/serving cmd/activator/request_log.go.</remarks>
internal sealed class LogHandler : IAsyncDisposable
{
    private readonly LiveSettings _settings;
    private readonly ActivatorOptions _options;
    private readonly ActivatorMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    // Null while nothing is logged.
    private volatile RequestLog? _log;
    // The one that there ever is: it outlives what it was made for, so that no line is lost.
    private RequestLog? _made;
    private string _template = "";

    public LogHandler(LiveSettings settings, ActivatorOptions options, ActivatorMetrics metrics, TimeProvider time, ILogger<LogHandler> logger)
    {
        (_settings, _options, _metrics, _time, _logger) = (settings, options, metrics, time, logger);
        settings.ObservabilityChanged += Follow;
        Follow();
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next) => _log is { } log ? log.FollowAsync(context, next) : next(context);

    public async ValueTask DisposeAsync()
    {
        _settings.ObservabilityChanged -= Follow;
        if (_made is { } log)
        {
            await log.DisposeAsync();
        }
    }

    private void Follow()
    {
        var config = _settings.Observability;
        var template = config.EnableRequestLog ? config.RequestLogTemplate : "";
        if (template == _template)
        {
            return;
        }

        _template = template;
        _log = template.Length == 0 ? null : Prepare(template);
    }

    // As upstream: a template that cannot be read costs the log, not the requests.
    private RequestLog? Prepare(string template)
    {
        try
        {
            if (_made is null)
            {
                return _made = new RequestLog(template, logsProbes: false, RevisionOf, _options.RequestLogOutput(), _time, onDropped: _metrics.LogLineDropped);
            }

            _made.ChangeTo(template);
            return _made;
        }
        catch (GoTemplateException error)
        {
            ActivatorLog.RequestLogUnavailable(_logger, error.Message);
            return null;
        }
    }

    private static LoggedRevision RevisionOf(HttpContext context)
    {
        var revision = context.Features.GetRequiredFeature<RevisionRuntime>().Revision;
        return new LoggedRevision(revision.Key.Name, revision.Key.Namespace, revision.Service, revision.Configuration, "", "");
    }
}
