using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>All that one ingress puts into a gateway, but for endpoints.</summary>
/// <remarks>Each list is sorted by name, ordinal, without duplicates. Messages are immutable by contract.</remarks>
public sealed record IngressResources
{
    /// <summary>One scope for each visibility and host.</summary>
    public ImmutableArray<ScopedRouteConfiguration> Scopes { get; init; } = [];
    /// <summary>One route configuration for each visibility that has hosts.</summary>
    public ImmutableArray<RouteConfiguration> Routes { get; init; } = [];
    /// <summary>The clusters that routes refer to; other ingresses may have equal ones.</summary>
    public ImmutableArray<Cluster> Clusters { get; init; } = [];
    /// <summary>The ports that routes refer to, as they are.</summary>
    public ImmutableArray<BackendPort> Ports { get; init; } = [];
    /// <summary>Those of them whose endpoints <see cref="EndpointTranslator"/> must provide: of clusters of type EDS.</summary>
    public ImmutableArray<BackendPort> Backends { get; init; } = [];
    /// <summary>Services and ports that do not exist: their shares of the traffic are answered with 503, all else is in effect.</summary>
    public ImmutableArray<Problem> BackendProblems { get; init; } = [];
    /// <summary>The Services that have a share of the traffic and do not exist, or lack the port; sorted.</summary>
    public ImmutableArray<ObjectKey> Missing { get; init; } = [];
    /// <summary>A secret for each host that has a certificate, named like the host: gateways ask for the server name of a handshake.</summary>
    public ImmutableArray<Secret> Certificates { get; init; } = [];
    /// <summary>By host the Secret that its certificate is from.</summary>
    public ImmutableSortedDictionary<string, ObjectKey> CertificateSources { get; init; } = ImmutableSortedDictionary<string, ObjectKey>.Empty;
    /// <summary>What is wrong with Secrets that spec.tls names; all else is in effect.</summary>
    public ImmutableArray<Problem> CertificateProblems { get; init; } = [];
    /// <summary>The Secrets that decide about these resources, existing or not: a change of one means to translate again.</summary>
    public ImmutableArray<ObjectKey> Secrets { get; init; } = [];
    /// <summary>A Secret has not been read yet: the ingress is not complete.</summary>
    public bool IsPending { get; init; }
    /// <summary>The Services that decide about these resources, existing or not: a change of one means to translate again.</summary>
    public ImmutableArray<ObjectKey> Services { get; init; } = [];

    /// <summary>All messages: clusters, certificates, scopes, routes.</summary>
    public IEnumerable<IMessage> Messages => [.. Clusters, .. Certificates, .. Scopes, .. Routes];
}
