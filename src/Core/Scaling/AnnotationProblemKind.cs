namespace Knative.Xds.Core.Scaling;

/// <summary>What is wrong with a scaling annotation.</summary>
public enum AnnotationProblemKind
{
    /// <summary>Not a value of its type.</summary>
    InvalidValue,
    /// <summary>A value outside its bounds.</summary>
    OutOfBounds,
    /// <summary>A value that breaks another rule.</summary>
    Generic,
}
