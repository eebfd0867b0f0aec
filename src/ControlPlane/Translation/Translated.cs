using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>A translation's result, with all that was wrong in its input.</summary>
/// <param name="Value">The result; empty where <paramref name="Problems"/> are not.</param>
/// <param name="Problems">In a fixed order; empty when all is well.</param>
/// <typeparam name="T">Kind of result.</typeparam>
public readonly record struct Translated<T>(T Value, ImmutableArray<Problem> Problems)
{
    /// <summary>Whether the result can be published.</summary>
    public bool IsGood => Problems.IsEmpty;
}
