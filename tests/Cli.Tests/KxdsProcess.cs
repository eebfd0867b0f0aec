using System.Diagnostics;

namespace Knative.Xds.Cli.Tests;

/// <summary><c>kxds</c> as users run it.</summary>
internal static class KxdsProcess
{
    /// <summary>Starts a command.</summary>
    /// <param name="runtime">Folder in which running systems are looked for.</param>
    /// <param name="arguments">Its words.</param>
    public static Process Start(string runtime, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["XDG_RUNTIME_DIR"] = runtime;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string runtime, params string[] arguments)
    {
        using var process = Start(runtime, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, error);
    }
}
