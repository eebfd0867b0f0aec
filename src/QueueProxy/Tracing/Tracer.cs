using System.Globalization;
using Knative.Xds.Core.Configuration;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>Begins the spans of requests that are to be traced, and hands ended ones on.</summary>
/// <remarks>Threading: every member may be called from anywhere. Source: knative/pkg observability/tracing: a rate of 1 traces everything, 0 nothing, else the caller's decision counts and the rate decides for those without one.</remarks>
internal sealed class Tracer(TracingConfig config, SpanQueue queue, TimeProvider timeProvider)
{
    private const string RequestName = "queue";

    /// <summary>Begins the span of a request; null when it is not traced: its headers then go on as they came.</summary>
    public ActiveSpan? StartRequest(HttpRequest request)
    {
        var parent = TraceParent.Parse(request.Headers.TraceParent.ToString());
        var traceId = parent?.TraceId ?? NewTraceId();
        if (!IsSampled(parent, traceId))
            return null;
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return Start(new FinishedSpan
        {
            TraceId = traceId,
            SpanId = NewSpanId(),
            ParentId = parent?.SpanId ?? "",
            Name = RequestName,
            Kind = SpanKind.Server,
            Method = request.Method,
            Path = question < 0 ? target : target[..question],
        });
    }

    public ActiveSpan Start(FinishedSpan span) => new(this, span with { Start = timeProvider.GetUtcNow() });

    public void Finish(FinishedSpan span, int status) => queue.Add(span with { End = timeProvider.GetUtcNow(), Status = status });

    public static string NewSpanId() => Hex(sizeof(ulong));

    private static string NewTraceId() => Hex(2 * sizeof(ulong));

    private bool IsSampled(TraceParent? parent, string traceId)
    {
        if (config.SamplingRate is >= 1 or <= 0)
            return config.SamplingRate >= 1;
        // As OpenTelemetry's ratio sampler: the low half of the identity is as good as a random number.
        return parent?.IsSampled ?? ulong.Parse(traceId.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> 1 < config.SamplingRate * (1UL << 63);
    }

    private static string Hex(int bytes)
    {
        Span<byte> random = stackalloc byte[bytes];
        Random.Shared.NextBytes(random);
        return Convert.ToHexStringLower(random);
    }
}
