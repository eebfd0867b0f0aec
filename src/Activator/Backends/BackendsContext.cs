using Knative.Xds.Core.Networking;

namespace Knative.Xds.Activation.Backends;

/// <summary>What a watcher of one revision's pods works with.</summary>
/// <param name="Prober">Asks the pods.</param>
/// <param name="Http2">Whether the revision's pods speak h2c.</param>
/// <param name="Frequency">Pause between probes while no request waits.</param>
/// <param name="Time">Clock.</param>
/// <param name="Logger">Log.</param>
internal sealed record BackendsContext(IPodProber Prober, bool Http2, TimeSpan Frequency, TimeProvider Time, ILogger Logger)
{
    /// <summary>A pod whose probe passes is used, whatever Kubernetes says of it; else it must be ready there too.</summary>
    public bool TrustsProbes { get; init; } = true;

    /// <summary>How pods are reached where there may be a mesh.</summary>
    public MeshCompatibilityMode Mesh { get; init; } = MeshCompatibilityMode.Auto;

    /// <summary>Host by which a mesh lets requests through to single pods; null where it does not.</summary>
    public string? PassthroughHost { get; init; }

    /// <summary>Whether the Service's address may stand for pods that cannot be reached.</summary>
    public bool MayUseClusterIp => Mesh == MeshCompatibilityMode.Enabled || (Mesh == MeshCompatibilityMode.Auto && PassthroughHost is null);
}
