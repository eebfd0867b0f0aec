using System.Diagnostics;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary><c>kxds</c> as users run it.</summary>
internal static class KxdsProcess
{
    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "kxds.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(CancellationToken.None).Within(XdsStack.Limit);
        return (process.ExitCode, await output, error);
    }
}
