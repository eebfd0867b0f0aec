using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What the pipeline keeps of an ingress.</summary>
internal sealed record IngressEntry
{
    /// <summary>Generation read last.</summary>
    public required long Generation { get; init; }
    /// <summary>metadata.resourceVersion at which this generation was first read.</summary>
    public long Version { get; init; }
    /// <summary>metadata.creationTimestamp.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>The fleets that serve it.</summary>
    public ImmutableArray<Fleet> Fleets { get; init; } = [];
    /// <summary>The ingress in the state that is in effect; null when none is.</summary>
    public Ingress? Ingress { get; init; }
    /// <summary>The newest state that could be in effect: not in effect yet where endpoints are awaited, and an earlier one than was read where that is bad.</summary>
    public Ingress? Wanted { get; init; }
    /// <summary>The ingress as it was read cannot be in effect: all below is of <see cref="Wanted"/>, an earlier state; or of none, where none is known.</summary>
    public bool IsFormer { get; init; }
    /// <summary>What is wrong with it. When it is more than that Services or ports do not exist, all below is of an earlier state.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];
    /// <summary>Services that do not exist, or lack the port, in the state that is in effect: their shares of the traffic are answered with 503.</summary>
    public ImmutableArray<ObjectKey> Missing { get; init; } = [];
    /// <summary>Services that decide about it.</summary>
    public ImmutableArray<ObjectKey> Services { get; init; } = [];
    /// <summary>Secrets that decide about it.</summary>
    public ImmutableArray<ObjectKey> Secrets { get; init; } = [];
    /// <summary>A Secret has not been read yet.</summary>
    public bool IsPending { get; init; }
    /// <summary>Services that it is to send traffic to and that have no endpoints, or do not exist: until that changes, what is in effect is what was before, if anything was.</summary>
    public ImmutableArray<ObjectKey> Awaited { get; init; } = [];
    /// <summary>The number of the wait for them, which began with the first of them; 0 when there are none.</summary>
    public long Wait { get; init; }
    /// <summary>It has waited long enough: what is to be is served next, whatever has no endpoints.</summary>
    public bool IsWaitOver { get; init; }
    /// <summary>What is wrong with its Secrets; all else is in effect.</summary>
    public ImmutableArray<Problem> CertificateProblems { get; init; } = [];
    /// <summary>By host the Secret that its certificate is from.</summary>
    public ImmutableSortedDictionary<string, ObjectKey> CertificateSources { get; init; } = ImmutableSortedDictionary<string, ObjectKey>.Empty;
    /// <summary>What is claimed by host: its scopes and certificates, those that others own among them.</summary>
    public ImmutableArray<HostResource> ByHost { get; init; } = [];
    /// <summary>Its routes and clusters.</summary>
    public ImmutableArray<EncodedResource> Others { get; init; } = [];
    /// <summary>Ports that its routes refer to.</summary>
    public ImmutableArray<BackendPort> Ports { get; init; } = [];
    /// <summary>Those of them whose endpoints it needs.</summary>
    public ImmutableArray<BackendPort> Backends { get; init; } = [];
    /// <summary>Hosts that an older ingress has, in some fleet.</summary>
    public ImmutableArray<Problem> Conflicts { get; init; } = [];
}
