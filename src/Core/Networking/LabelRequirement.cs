using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>One demand of a label selector.</summary>
/// <param name="Key">Label.</param>
/// <param name="Operator"><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>; not checked.</param>
/// <param name="Values">Values, in order.</param>
public sealed record LabelRequirement(string Key, string Operator, ImmutableArray<string> Values);
