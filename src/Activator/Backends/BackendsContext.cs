
namespace Knative.Xds.Activation.Backends;

/// <summary>What a watcher of one revision's pods works with.</summary>
/// <param name="Prober">Asks the pods.</param>
/// <param name="Http2">Whether the revision's pods speak h2c.</param>
/// <param name="Frequency">Pause between probes while no request waits.</param>
/// <param name="Time">Clock.</param>
/// <param name="Logger">Log.</param>
internal sealed record BackendsContext(IPodProber Prober, bool Http2, TimeSpan Frequency, TimeProvider Time, ILogger Logger);
