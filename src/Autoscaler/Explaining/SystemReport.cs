namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>Who decides what, and how well the tick is kept.</summary>
public sealed record SystemReport
{
    /// <summary>When this was said.</summary>
    public DateTimeOffset Now { get; init; }
    /// <summary>The replica that says it, as it is named in leases.</summary>
    public required string Replica { get; init; }
    /// <summary>Length of a lease in seconds; null where there are none.</summary>
    public double? LeaseDuration { get; init; }
    /// <summary>The buckets.</summary>
    public required IReadOnlyList<BucketReport> Buckets { get; init; }
    /// <summary>Revisions that this replica decides.</summary>
    public int Revisions { get; init; }
    /// <summary>The last ticks.</summary>
    public required TickReport Ticks { get; init; }
    /// <summary>Bytes allocated since the process started.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>A bucket and its owner.</summary>
    public sealed record BucketReport
    {
        /// <summary>Its name, which is also that of its Lease.</summary>
        public required string Name { get; init; }
        /// <summary>Replica that holds it; empty when none is known.</summary>
        public required string Owner { get; init; }
        /// <summary>Whether it is the replica that says this.</summary>
        public bool Owned { get; init; }
        /// <summary>PodAutoscalers in it.</summary>
        public int Revisions { get; init; }
    }

    /// <summary>How the tick was kept.</summary>
    public sealed record TickReport
    {
        /// <summary>Ticks since the start.</summary>
        public long Count { get; init; }
        /// <summary>Length of a tick in milliseconds.</summary>
        public double IntervalMs { get; init; }
        /// <summary>From when a tick was due to when its last revision was decided, in milliseconds, the oldest first; at most the last 512 ticks.</summary>
        public required IReadOnlyList<double> LatenessMs { get; init; }
    }
}
