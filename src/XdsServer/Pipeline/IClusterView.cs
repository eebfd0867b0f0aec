using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The objects of the cluster as they are now.</summary>
internal interface IClusterView : IBackendLookup
{
    /// <summary>All ingresses that some fleet serves.</summary>
    IEnumerable<ObjectKey> Ingresses { get; }

    /// <summary>An ingress that some fleet serves; null when there is none, or when it is being deleted.</summary>
    IngressReading? FindIngress(ObjectKey key);

    /// <summary>What decides about a port's endpoints.</summary>
    EndpointView Endpoints(BackendPort backend);
}
