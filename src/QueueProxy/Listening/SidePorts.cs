namespace Knative.Xds.QueueProxy.Listening;

/// <summary>The ports beside user traffic.</summary>
/// <param name="Admin">Drain and probes.</param>
/// <param name="Stats">The autoscaler's statistics.</param>
/// <param name="Metrics">Prometheus metrics; null where nobody wants them.</param>
/// <param name="Profiling">The runtime's state; null where nobody wants it.</param>
internal sealed record SidePorts(SharedPort Admin, SharedPort Stats, SharedPort? Metrics, SharedPort? Profiling)
{
    /// <summary>Those that are to be opened.</summary>
    public IReadOnlyList<SharedPort> All => [.. new[] { Admin, Stats, Metrics, Profiling }.OfType<SharedPort>()];
}
