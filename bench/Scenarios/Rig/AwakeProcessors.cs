using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Keeps the processors from sleeping while short times are taken: with work of the idle class, which gives way to any other at once.</summary>
/// <remarks>A virtual processor that has nothing to do is handed back to its host, and takes a tenth of a millisecond and more to come back. A change passes through some ten threads of five
/// processes, each of which would pay for that on a machine that does nothing else, and not on one that serves. As idle=poll or cpupower idle-set do, without the right to it.</remarks>
internal static class AwakeProcessors
{
    // A scheduler that groups processes by session gives the group as little as it can.
    private const string Spin = "echo 19 > /proc/self/autogroup; while :; do :; done";

    /// <summary>Starts it, until the host of processes ends; false where the machine cannot.</summary>
    public static bool TryKeep(ProcessHost host)
    {
        if (Tools.Find("chrt") is not { } chrt)
        {
            return false;
        }

        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            host.Start(new ChildProcessStart { Command = [chrt, "-i", "0", "sh", "-c", Spin] });
        }

        return true;
    }
}
