using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Stats;

/// <summary>A stat pushed for a revision.</summary>
/// <param name="Key">The revision.</param>
/// <param name="Stat">What was seen.</param>
/// <remarks>Source: knative/serving pkg/autoscaler/metrics/stat.proto, message WireStatMessage.</remarks>
public readonly record struct StatMessage(ObjectKey Key, Stat Stat);
