using System.Diagnostics;
using Xunit;

namespace Knative.Xds.Testing;

/// <summary><c>kxds</c> as users run it. The test project must have it built (a reference to src/Cli).</summary>
public static class KxdsProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Starts a command.</summary>
    /// <param name="runtime">Folder in which running systems are looked for; null means the user's.</param>
    /// <param name="arguments">Its words.</param>
    public static Process Start(string? runtime, params string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        if (runtime is not null)
        {
            start.Environment["XDG_RUNTIME_DIR"] = runtime;
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    /// <summary>Runs a command to its end, which must come within a minute.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string? runtime, params string[] arguments)
    {
        using var process = Start(runtime, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).Within(Limit);
        return (process.ExitCode, await output, error);
    }
}
