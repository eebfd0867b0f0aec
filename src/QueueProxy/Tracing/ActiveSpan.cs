namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>A span that has begun.</summary>
/// <remarks>Threading: one request's handlers use it one after the other.</remarks>
internal sealed class ActiveSpan
{
    private readonly Tracer _tracer;
    private readonly FinishedSpan _begun;

    public ActiveSpan(Tracer tracer, FinishedSpan begun) => (_tracer, _begun) = (tracer, begun);

    /// <summary>Begins a span within this one.</summary>
    public ActiveSpan StartChild(string name) => _tracer.Start(new FinishedSpan { TraceId = _begun.TraceId, SpanId = Tracer.NewSpanId(), ParentId = _begun.SpanId, Name = name, Kind = SpanKind.Internal });

    /// <summary>Tells whoever gets the headers that this span is its parent.</summary>
    public void Inject(IHeaderDictionary headers) => headers.TraceParent = TraceParent.Format(_begun.TraceId, _begun.SpanId);

    public void End(int status = 0) => _tracer.Finish(_begun, status);
}
