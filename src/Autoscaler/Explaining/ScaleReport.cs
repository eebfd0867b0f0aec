namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>Why a revision has the scale that it has.</summary>
/// <remarks>Units: seconds, unless a name says otherwise; instants in UTC.</remarks>
public sealed record ScaleReport
{
    /// <summary>The revision, as <c>namespace/name</c>.</summary>
    public required string Revision { get; init; }
    /// <summary>When this was said.</summary>
    public DateTimeOffset Now { get; init; }
    /// <summary>The replica that decides it.</summary>
    public required string Replica { get; init; }
    /// <summary>The bucket that it belongs to.</summary>
    public required string Bucket { get; init; }
    /// <summary>What is there now.</summary>
    public required ScaleState Current { get; init; }
    /// <summary>What its decisions depend on.</summary>
    public required ScaleSettings Settings { get; init; }
    /// <summary>The last decisions, the newest first.</summary>
    public required IReadOnlyList<DecisionReport> Decisions { get; init; }
    /// <summary>The last steps towards the scale target, the newest first.</summary>
    public required IReadOnlyList<PlanReport> Plans { get; init; }

    /// <summary>What a revision has now.</summary>
    public sealed record ScaleState
    {
        /// <summary>spec.replicas of the scale target; null when there is no target.</summary>
        public int? Replicas { get; init; }
        /// <summary>Ready pods.</summary>
        public int Ready { get; init; }
        /// <summary>Pods that are not ready.</summary>
        public int NotReady { get; init; }
        /// <summary>Pending pods.</summary>
        public int Pending { get; init; }
        /// <summary>Terminating pods.</summary>
        public int Terminating { get; init; }
        /// <summary>Condition Active: its status, and its reason in brackets.</summary>
        public required string Active { get; init; }
        /// <summary>Serve or Proxy; empty when there is no SKS yet.</summary>
        public required string Mode { get; init; }
        /// <summary>When data last came in; null when none did.</summary>
        public DateTimeOffset? NewestData { get; init; }
        /// <summary>Why the last scrape failed; null when it did not.</summary>
        public string? ScrapeProblem { get; init; }
    }

    /// <summary>Settings of a revision that are in force.</summary>
    public sealed record ScaleSettings
    {
        /// <summary>What is measured.</summary>
        public required string Metric { get; init; }
        /// <summary>Wanted average per pod.</summary>
        public double Target { get; init; }
        /// <summary>What a pod can take at most.</summary>
        public double Total { get; init; }
        /// <summary>Least pods.</summary>
        public int MinScale { get; init; }
        /// <summary>Most pods; 0 is no bound.</summary>
        public int MaxScale { get; init; }
        /// <summary>Pods at first.</summary>
        public int InitialScale { get; init; }
        /// <summary>Least pods when there are any.</summary>
        public int ActivationScale { get; init; }
        /// <summary>Stable window.</summary>
        public double StableWindow { get; init; }
        /// <summary>Panic window.</summary>
        public double PanicWindow { get; init; }
        /// <summary>Ratio of wanted to ready pods at which panic begins.</summary>
        public double PanicThreshold { get; init; }
        /// <summary>Most growth in one decision, as a factor of the ready pods.</summary>
        public double MaxScaleUpRate { get; init; }
        /// <summary>Most shrinking in one decision, as a divisor of the ready pods.</summary>
        public double MaxScaleDownRate { get; init; }
        /// <summary>How long a lower decision must hold.</summary>
        public double ScaleDownDelay { get; init; }
        /// <summary>Burst that must be bearable without an activator.</summary>
        public double TargetBurstCapacity { get; init; }
        /// <summary>Whether any route leads to the revision.</summary>
        public bool Reachable { get; init; }
    }
}
