namespace Knative.Xds.Sandbox.Processes;

/// <summary>Finds the file that a command names, so that a missing one is told apart from a program that fails.</summary>
internal static class ExecutablePath
{
    /// <summary>Returns the file to execute.</summary>
    /// <remarks>Errors: <see cref="ProcessStartException"/> when there is none.</remarks>
    public static string Resolve(string program, string? workingDirectory, string? searchPath)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            var file = Path.GetFullPath(program, workingDirectory is null ? Environment.CurrentDirectory : Path.GetFullPath(workingDirectory));
            return Problem(file) is { } problem ? throw new ProcessStartException($"\"{program}\": {problem}") : file;
        }

        return (searchPath ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(file => Problem(file) is null)
            ?? throw new ProcessStartException($"\"{program}\": executable file not found in PATH");
    }

    private static string? Problem(string file)
    {
        if (!File.Exists(file))
        {
            return "no such file";
        }

        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & execute) != 0 ? null : "permission denied (not executable)";
    }
}
