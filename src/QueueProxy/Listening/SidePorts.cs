namespace Knative.Xds.QueueProxy.Listening;

/// <summary>The ports beside user traffic.</summary>
internal sealed record SidePorts(SharedPort Admin, SharedPort Stats, SharedPort Metrics);
