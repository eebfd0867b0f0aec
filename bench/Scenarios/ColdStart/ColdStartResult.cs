using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>What the scenario prints.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Cycles">Cold starts that were tried.</param>
/// <param name="OverheadMsP50">From the pod's first accepted connection to the first byte at the client.</param>
/// <param name="OverheadMsP99">The same, 99th percentile.</param>
/// <param name="Failed">Cold starts whose request got no 200.</param>
/// <param name="Stages">Median of each stage in ms.</param>
internal sealed record ColdStartResult(string Scenario, int Cycles, double OverheadMsP50, double OverheadMsP99, int Failed, IReadOnlyDictionary<string, double> Stages)
{
    public static ColdStartResult Of(IReadOnlyList<ColdStartTimes?> starts)
    {
        var answered = starts.OfType<ColdStartTimes>().ToArray();
        var stages = ColdStartTimes.StageNames.Select((name, index) => (name, Rounded(answered.Select(start => start.StagesMs[index]), 50))).ToDictionary();
        var overheads = answered.Select(start => start.OverheadMs).ToArray();
        return new ColdStartResult("coldstart", starts.Count, Rounded(overheads, 50), Rounded(overheads, 99), starts.Count - answered.Length, stages);
    }

    private static double Rounded(IEnumerable<double> sample, double percent) => Math.Round(Percentiles.Of(sample, percent), 2);
}
