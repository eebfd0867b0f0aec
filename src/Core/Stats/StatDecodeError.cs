namespace Knative.Xds.Core.Stats;

/// <summary>Why bytes are no stat.</summary>
public enum StatDecodeError
{
    /// <summary>They are one.</summary>
    None,
    /// <summary>The bytes end inside a field.</summary>
    UnexpectedEnd,
    /// <summary>A tag, length or wire type that cannot be.</summary>
    Invalid,
    /// <summary>More messages than the reader takes at a time.</summary>
    TooMany,
}
