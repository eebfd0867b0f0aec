using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>A port of a Service that an ingress routes to.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Port">The port.</param>
public sealed record BackendPort(BackendService Service, BackendServicePort Port)
{
    /// <summary>Name of its cluster and of its endpoints.</summary>
    public string ClusterName => GatewayNames.Cluster(Service.Key, Port.Port);
}
