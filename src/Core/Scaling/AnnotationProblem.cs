using System.Collections.Immutable;

namespace Knative.Xds.Core.Scaling;

/// <summary>A scaling annotation, or several that fit together badly, that admission would refuse.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Message">The same in words.</param>
/// <param name="Paths">Keys of the annotations; upstream puts a remark behind some.</param>
public sealed record AnnotationProblem(AnnotationProblemKind Kind, string Message, ImmutableArray<string> Paths)
{
    /// <summary>Upstream's text of the error: message, then paths.</summary>
    public override string ToString() => $"{Message}: {string.Join(", ", Paths)}";

    internal static AnnotationProblem Invalid(string value, string path) => new(AnnotationProblemKind.InvalidValue, $"invalid value: {value}", [path]);

    internal static AnnotationProblem OutOfBounds(string value, object least, object most, string path) =>
        new(AnnotationProblemKind.OutOfBounds, FormattableString.Invariant($"expected {least} <= {value} <= {most}"), [path]);

    internal static AnnotationProblem Generic(string message, params ReadOnlySpan<string> paths) => new(AnnotationProblemKind.Generic, message, [.. paths]);
}
