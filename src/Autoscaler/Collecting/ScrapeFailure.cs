namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Why one request for a stat gave none.</summary>
internal enum ScrapeFailure
{
    /// <summary>It gave one.</summary>
    None,
    /// <summary>No answer in time, or no connection.</summary>
    Transport,
    /// <summary>A status other than 2xx.</summary>
    Status,
    /// <summary>502 or 503, as a mesh says it when a pod cannot be reached directly.</summary>
    MaybeMesh,
    /// <summary>Another content type than a stat's.</summary>
    UnsupportedContentType,
    /// <summary>Bytes that are no stat.</summary>
    Unmarshal,
    /// <summary>A stat with numbers that cannot be.</summary>
    Implausible,
    /// <summary>A pod that has answered before.</summary>
    SeenBefore,
}
