using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Knative.Xds.QueueProxy.Reporting;
using Knative.Xds.QueueProxy.Tracing;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>What is remembered of a request for metrics and traces, before handlers change it.</summary>
internal readonly struct ObservedRequest
{
    private readonly string _method;
    private readonly string _tag;
    private readonly bool _isHttp2;
    private readonly bool _isHttps;
    private readonly bool _isProbe;

    public ObservedRequest(HttpRequest request, long start, Tracer? tracer)
    {
        Start = start;
        _method = RequestKey.MethodLabel(request.Method);
        _tag = RouteTag.Of(request.Headers);
        _isHttp2 = HttpProtocol.IsHttp2(request.Protocol);
        _isHttps = request.IsHttps;
        // A probe that is not ours to answer: the user container's traffic, but nobody's request.
        _isProbe = request.Headers[HeaderNames.NetworkProbe].ToString().Length > 0;
        Span = _isProbe ? null : tracer?.StartRequest(request);
    }

    /// <summary>Timestamp of the arrival.</summary>
    public long Start { get; }

    /// <summary>Null where the request is not traced.</summary>
    public ActiveSpan? Span { get; }

    public void End(HttpContext context, bool aborted, Telemetry telemetry, double seconds)
    {
        if (_isProbe)
            return;
        // What broke off counts as an error of ours, whatever status it had begun with, as upstream.
        var status = aborted ? StatusCodes.Status500InternalServerError : BrokenOff.StatusOf(context);
        telemetry.Metrics.ObserveRequest(new RequestKey(_method, status, _tag, _isHttp2, _isHttps), seconds);
        Span?.End(status);
    }
}
