using System.Runtime;

namespace Knative.Xds.XdsServer;

/// <summary>Lets the memory be collected at once, and not beside the work, while the program starts: that takes longer, and nobody waits for a short pause yet.</summary>
/// <remarks>The setting is the whole process's: it is the program's, and not a server's that may be one of many in a process.</remarks>
internal static class StartCollection
{
    // The gateways that come back are served by then.
    private static readonly TimeSpan Beginning = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(TimeProvider time)
    {
        var usual = GCSettings.LatencyMode;
        GCSettings.LatencyMode = GCLatencyMode.Batch;
        await Task.Delay(Beginning, time);
        GCSettings.LatencyMode = usual;
    }
}
