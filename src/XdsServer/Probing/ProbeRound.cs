using System.Collections.Immutable;

namespace Knative.Xds.XdsServer.Probing;

/// <summary>The probes of one version of an ingress. Not thread-safe: its prober's.</summary>
internal sealed class ProbeRound(string hash, ImmutableArray<ProbeTarget> targets)
{
    private readonly HashSet<ProbeTarget> _open = [.. targets];

    /// <summary>Hash of the spec that is to be proven.</summary>
    public string Hash => hash;
    /// <summary>Every gateway has given proof, or has gone.</summary>
    public bool IsProven => _open.Count == 0;
    /// <summary>To be called, once, when it is proven.</summary>
    public Action Done { get; set; } = () => { };

    /// <summary>Whether a probe is still to be answered.</summary>
    public bool IsOpen(ProbeTarget target) => _open.Contains(target);

    /// <summary>Notes a proof; true when it was the last.</summary>
    public bool Close(ProbeTarget target) => _open.Remove(target) && _open.Count == 0;
}
