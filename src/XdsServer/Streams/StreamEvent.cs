using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>What a stream tells the owner loop.</summary>
/// <param name="Stream">The stream's number.</param>
internal abstract record StreamEvent(long Stream)
{
    /// <summary>It has begun.</summary>
    public sealed record Opened(long Stream) : StreamEvent(Stream);

    /// <summary>It has ended; its client held these versions.</summary>
    public sealed record Closed(long Stream, ImmutableArray<(ResourceId Id, string Version)> Held) : StreamEvent(Stream);

    /// <summary>Its client asks for a type for the first time.</summary>
    public sealed record Subscribed(long Stream, ResourceType Type) : StreamEvent(Stream);

    /// <summary>Its client has taken resources, or says on its own what it holds or has given up.</summary>
    public sealed record Acked(long Stream, ResourceType Type, ImmutableArray<AckedResource> Resources, bool IsAnswer = true) : StreamEvent(Stream);

    /// <summary>Its client owes an answer to resources of a type for too long; it held these versions of scopes, routes and endpoints.</summary>
    public sealed record Silent(long Stream, ResourceType Type, ImmutableArray<(ResourceId Id, string Version)> Held) : StreamEvent(Stream);

    /// <summary>Its client has refused resources.</summary>
    public sealed record Nacked(long Stream, ResourceType Type, ImmutableArray<AckedResource> Resources, string Message) : StreamEvent(Stream);
}
