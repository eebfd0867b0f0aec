using System.Collections;
using System.Collections.Concurrent;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>The xDS server as users run it, made anew when its sources have changed.</summary>
internal static class ServerPublication
{
    private const int LastLines = 20;

    /// <summary>Path of the published program.</summary>
    public static string Program { get; } = PublishedProgram.PathOf("XdsServer");

    // As old as the beginning of the last success: the times of what is published are those of its parts.
    private static string Stamp => Path.GetDirectoryName(Program) + ".stamp";

    /// <summary>Publishes the server, unless that has been done since its sources changed. Progress and failures are said.</summary>
    /// <returns>Whether the published program may be used.</returns>
    public static async Task<bool> EnsureAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Program) && File.GetLastWriteTimeUtc(Stamp) > ServerSources.LastChange(PublishedProgram.Root))
        {
            return true;
        }

        Progress.Say("publishing the xDS server, as users run it; this takes some minutes the first time …");
        var failure = await PublishAsync(cancellationToken);
        Progress.Say(failure is null ? "published" : $"{failure}: the xDS server is the one that was built, which compiles itself at run time");
        return failure is null;
    }

    /// <returns>Null, or why it failed.</returns>
    private static async Task<string?> PublishAsync(CancellationToken cancellationToken)
    {
        var lines = new ConcurrentQueue<string>();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Stamp)!);
            await File.WriteAllTextAsync(Stamp + ".new", "", cancellationToken);
            await using var processes = new ProcessHost(TimeProvider.System);
            if (await Start(processes, lines.Enqueue).Exited.WaitAsync(cancellationToken) is var code and not 0)
            {
                lines.TakeLast(LastLines).ToList().ForEach(Progress.Say);
                return $"dotnet publish ended with code {code}";
            }

            File.Move(Stamp + ".new", Stamp, overwrite: true);
            return null;
        }
        catch (Exception error) when (error is ProcessStartException or IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private static ChildProcess Start(ProcessHost processes, Action<string> onLine) => processes.Start(new ChildProcessStart
    {
        // Servers of the build would stay, and take memory while something is measured.
        Command =
        [
            "dotnet", "publish", "src/XdsServer", "-c", "Release", "-r", PublishedProgram.Runtime, "-v", "q", "--nologo", "--disable-build-servers",
        ],
        Environment = BuildEnvironment.From(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, (string)entry.Value!))),
        WorkingDirectory = PublishedProgram.Root,
        OnOutput = onLine,
        OnError = onLine,
    });
}
