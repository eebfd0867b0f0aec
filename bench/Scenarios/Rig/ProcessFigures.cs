using System.Globalization;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>What the kernel says about a process.</summary>
internal static class ProcessFigures
{
    private const double TicksPerSecond = 100;

    /// <summary>CPU time of all its threads so far, in ms; those that have ended count.</summary>
    public static double CpuMs(int process)
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        // The second field, the name, may hold anything; what follows its closing bracket starts with field 3.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) * 1000 / TicksPerSecond;
    }

    /// <summary>CPU time of its first thread so far, in ms: in Envoy the one that takes configuration.</summary>
    public static double MainThreadCpuMs(int process) =>
        double.Parse(File.ReadAllText($"/proc/{process}/task/{process}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1_000_000;

    /// <summary>Resident memory in MiB.</summary>
    public static double RssMiB(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
