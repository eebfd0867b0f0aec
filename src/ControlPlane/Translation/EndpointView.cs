using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>All that decides about the endpoints of one service port.</summary>
public sealed record EndpointView
{
    /// <summary>The service port.</summary>
    public required BackendPort Backend { get; init; }
    /// <summary>Endpoints of the Service itself; null when none are known. Not read for a Service that a SKS owns.</summary>
    public ServiceEndpoints? Endpoints { get; init; }
    /// <summary>The SKS that owns the Service; null when none does.</summary>
    public ServerlessServiceState? ServerlessService { get; init; }
    /// <summary>Endpoints of that SKS's private Service: the revision's pods.</summary>
    public ServiceEndpoints? PrivateEndpoints { get; init; }
    /// <summary>The activators that were chosen for that SKS.</summary>
    public ImmutableArray<ServiceEndpoint> Activators { get; init; } = [];
}
