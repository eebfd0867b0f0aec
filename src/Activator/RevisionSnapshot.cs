using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation;

/// <summary>Figures of one revision in an activator.</summary>
/// <param name="Revision">Namespace and name.</param>
/// <param name="InFlight">Requests that pods work on.</param>
/// <param name="Waiting">Requests that wait for a pod.</param>
/// <param name="HealthyPods">Pods whose probe passed.</param>
public sealed record RevisionSnapshot(ObjectKey Revision, int InFlight, int Waiting, int HealthyPods);
