using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>What is scaled.</summary>
/// <param name="Key">The revision.</param>
/// <param name="Pa">Its PodAutoscaler.</param>
/// <param name="Sks">Its SKS; null when there is none yet.</param>
/// <param name="Scaling">Its settings.</param>
internal sealed record ScaleTarget(ObjectKey Key, PodAutoscaler Pa, ServerlessService? Sks, RevisionScaling Scaling)
{
    /// <summary>The object whose pods they are.</summary>
    public ObjectKey Object => new(Key.Namespace, Pa.Spec.ScaleTargetRef.Name);
}
