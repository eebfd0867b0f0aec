using System.Runtime.InteropServices;

namespace Knative.Xds.Sandbox.Processes;

/// <summary>Sends POSIX signals to a process and to the group that it leads.</summary>
internal static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Signals the group, and the leader too: right after its start it may not lead one yet.</summary>
    public static void Send(int leader, int signal)
    {
        _ = NativeKill(-leader, signal);
        _ = NativeKill(leader, signal);
    }

    /// <summary>Signals what is left of a group whose leader has been waited for: its number alone may be another's by now.</summary>
    public static void SendToGroup(int leader, int signal) => _ = NativeKill(-leader, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int pid, int signal);
}
