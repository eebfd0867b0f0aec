namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>What became of a pushed stat.</summary>
internal enum StatOutcome
{
    /// <summary>It is in its revision's windows.</summary>
    Recorded,
    /// <summary>Its time lay ahead of our clock: it is in the windows as of now.</summary>
    Restamped,
    /// <summary>Nothing is collected for its revision.</summary>
    Unknown,
    /// <summary>Its numbers cannot be.</summary>
    Implausible,
    /// <summary>A name in it is longer than any can be.</summary>
    LongName,
}
