using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.QueueProxy.Tracing;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>What the handlers of one request tell each other.</summary>
/// <remarks>Threading: one request's handlers run one after the other.</remarks>
internal sealed class RequestState(InFlight inFlight, ActiveSpan? span)
{
    private bool _tunnel;

    /// <summary>The request's span; null where it is not traced.</summary>
    public ActiveSpan? Span { get; } = span;

    /// <summary>The user container accepted an upgrade: from now on bytes flow both ways until either side closes.</summary>
    public void BecomeTunnel()
    {
        if (_tunnel)
            return;
        _tunnel = true;
        inFlight.Upgrade();
    }

    public void Leave() => inFlight.Leave(_tunnel);
}
