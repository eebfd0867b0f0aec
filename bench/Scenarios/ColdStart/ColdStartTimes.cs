using System.Diagnostics;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>When what happened in one cold start; timestamps of <see cref="Stopwatch"/>.</summary>
/// <param name="Sent">The client sends its request.</param>
/// <param name="Reported">The activator tells the autoscaler.</param>
/// <param name="Decided">The autoscaler wants a pod.</param>
/// <param name="Patched">The Deployment's scale is patched.</param>
/// <param name="Accepted">The pod takes its first TCP connection, on the ports of queue-proxy and user container both.</param>
/// <param name="Probed">The activator's probe of the pod has passed.</param>
/// <param name="Answered">The client has the first byte.</param>
/// <param name="Switched">Envoy's first request that went straight to the pod is sent.</param>
internal sealed record ColdStartTimes(long Sent, long Reported, long Decided, long Patched, long Accepted, long Probed, long Answered, long Switched)
{
    /// <summary>Names of the stages, in order.</summary>
    public static readonly string[] StageNames = ["report", "decide", "patch", "start", "probe", "forward", "switch"];

    /// <summary>What the data path added, in ms: from the pod's first accepted connection to the first byte.</summary>
    public double OverheadMs => Ms(Accepted, Answered);

    /// <summary>What each stage took, in ms.</summary>
    public double[] StagesMs => [Ms(Sent, Reported), Ms(Reported, Decided), Ms(Decided, Patched), Ms(Patched, Accepted), Ms(Accepted, Probed), Ms(Probed, Answered), Ms(Answered, Switched)];

    private static double Ms(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
