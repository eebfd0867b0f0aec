using System.Globalization;

namespace Knative.Xds.Scenarios.Trajectory;

/// <summary>One second of the load step.</summary>
internal readonly record struct TrajectoryRow(int Second, double Load, int Upstream, int Ours, int Ready)
{
    public static TrajectoryRow Parse(string line)
    {
        var cells = line.Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
        return new TrajectoryRow((int)cells[0], cells[1], (int)cells[2], (int)cells[3], (int)cells[4]);
    }
}
