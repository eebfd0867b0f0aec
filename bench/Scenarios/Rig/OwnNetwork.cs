using System.Diagnostics;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A network namespace of this program's own, in which every address of 10.244.0.0/16 is local.</summary>
/// <remarks>A real API refuses endpoints on loopback addresses, and traffic must not leave the machine.</remarks>
internal static class OwnNetwork
{
    private const string Mark = "KXDS_SCENARIOS_NETWORK";
    private const string Inside = "inside";
    private const string Prepare = "ip link set lo up && ip route add local 10.244.0.0/16 dev lo && exec \"$@\"";
    private static readonly string[] Namespaces = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];

    /// <summary>Whether this process is in such a namespace.</summary>
    public static bool IsEntered => Environment.GetEnvironmentVariable(Mark) == Inside;

    /// <summary>Address that backends listen on.</summary>
    public static string PodAddress => IsEntered ? "10.244.0.1" : "127.0.0.1";

    /// <summary>Runs this program again, with the same arguments, in a namespace; null when it is in one already, or when the machine allows none.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int?> EnterAsync(CancellationToken cancellationToken)
    {
        if (IsEntered || await RunAsync([.. Flags, "true"], cancellationToken) != 0)
        {
            return null;
        }

        return await RunAsync([.. Flags, "bash", "-c", Prepare, "prepare", .. OwnCommand()], cancellationToken);
    }

    private static IEnumerable<string> Flags => Environment.IsPrivilegedProcess ? Namespaces : [.. Namespaces, "--map-root-user"];

    private static Task<int> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        // setpriv: the kernel ends it all when this process is killed. It goes by the thread that starts the program, so that must be one which stays.
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "unshare", .. arguments]);
        start.Environment[Mark] = Inside;
        return Task.Factory.StartNew(() => Run(start, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static int Run(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(start)!;
            using var kill = cancellationToken.Register(process.Kill);
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private static IEnumerable<string> OwnCommand()
    {
        var program = Environment.ProcessPath!;
        var arguments = Environment.GetCommandLineArgs();
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, .. arguments] : [program, .. arguments.Skip(1)];
    }
}
