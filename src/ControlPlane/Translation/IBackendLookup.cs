using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The Services of the cluster, as they were at one instant.</summary>
public interface IBackendLookup
{
    /// <summary>The Service of that name; null when there is none.</summary>
    BackendService? FindService(ObjectKey key);
}
