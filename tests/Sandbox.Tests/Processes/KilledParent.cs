using System.Runtime.CompilerServices;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Sandbox.Tests.Processes;

/// <summary>Turns this test program into a parent of processes, for the test that starts and kills it.</summary>
internal static class KilledParent
{
    public const string FolderVariable = "KXDS_TEST_PARENT_FOLDER";

    [ModuleInitializer]
    internal static void RunWhenAsked()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { Length: > 0 } folder)
        {
            return;
        }

        // One stays in the group, one leaves it for a session of its own, one drops its environment.
        var script = $"""
            trap '' TERM HUP
            sleep 1000 & echo $! > {folder}/grandchild
            setsid sh -c 'echo $$ > {folder}/escaped; exec sleep 1000' &
            env -i sleep 1000 & echo $! > {folder}/cleared
            echo $$ > {folder}/leader
            wait
            """;
        new ProcessHost(TimeProvider.System).Start(new ChildProcessStart { Command = ["sh", "-c", script] });
        new ManualResetEventSlim().Wait();
    }
}
