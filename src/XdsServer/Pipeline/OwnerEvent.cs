using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What the owner loop takes: which object changed (its state is read from the caches when its turn comes), or what a stream reports.</summary>
internal abstract record OwnerEvent
{
    /// <summary>An ingress.</summary>
    public sealed record Ingress(ObjectKey Key, long Version) : OwnerEvent;

    /// <summary>The status of an ingress, by us or by someone else.</summary>
    public sealed record Status(ObjectKey Key, long Version) : OwnerEvent;

    /// <summary>A Service.</summary>
    public sealed record Service(ObjectKey Key) : OwnerEvent;

    /// <summary>A Secret that an ingress names.</summary>
    public sealed record Secret(ObjectKey Key) : OwnerEvent;

    /// <summary>The configuration of all gateways.</summary>
    public sealed record Configuration : OwnerEvent;

    /// <summary>The endpoints of a Service, or its SKS.</summary>
    public sealed record Endpoints(ObjectKey Key) : OwnerEvent;

    /// <summary>An ingress has waited for endpoints as long as it may.</summary>
    public sealed record WaitOver(ObjectKey Key, long Number) : OwnerEvent;

    /// <summary>Fleets that an ingress has left have served it as long as they are to.</summary>
    public sealed record MoveOver(ObjectKey Key, long Number) : OwnerEvent;

    /// <summary>Resources that nobody uses any more have stayed for the gateways' sake as long as they may.</summary>
    public sealed record Overdue(Fleet Fleet, IReadOnlyCollection<ResourceId> Resources, long Hold) : OwnerEvent;

    /// <summary>Another replica says something new, comes or goes, or this one now writes statuses.</summary>
    public sealed record Replicas(bool IsPromoted) : OwnerEvent;

    /// <summary>A gateway's stream.</summary>
    public sealed record Stream(Fleet Fleet, StreamEvent Event) : OwnerEvent;
}
