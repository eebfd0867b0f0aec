namespace Knative.Xds.Autoscaler.Tests;

/// <summary>What can be wrong with a queue-proxy.</summary>
public enum BadAnswer
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Bytes that are no stat.</summary>
    Garbage,
    /// <summary>A body without end.</summary>
    Endless,
    /// <summary>No answer at all.</summary>
    Silence,
}
