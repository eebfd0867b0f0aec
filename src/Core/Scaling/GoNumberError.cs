namespace Knative.Xds.Core.Scaling;

/// <summary>Why a text is no number.</summary>
internal enum GoNumberError
{
    /// <summary>It is one.</summary>
    None,
    /// <summary>It is not written like one.</summary>
    Syntax,
    /// <summary>It is one, but not of the type's range.</summary>
    Range,
}
