using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>A step towards the scale target that is remembered, with everything that it came from.</summary>
/// <param name="First">When it was planned.</param>
/// <param name="Last">When it was planned again for the last time, with the same outcome.</param>
/// <param name="Times">How often it was planned.</param>
/// <param name="Context">What it came from, the last time.</param>
/// <param name="Plan">Outcome, the last time.</param>
internal readonly record struct PlanRecord(DateTimeOffset First, DateTimeOffset Last, int Times, ScaleContext Context, ScalePlan Plan);
