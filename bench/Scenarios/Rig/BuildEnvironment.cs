namespace Knative.Xds.Scenarios.Rig;

/// <summary>The environment of a build that is started from a program which <c>dotnet run</c> may have started.</summary>
internal static class BuildEnvironment
{
    private static readonly string[] Names =
    [
        // Restores would be locked, and refuse lock files that know more runtime identifiers than the one that is published for.
        "CI",
        // Of the command that is still running.
        "DOTNET_CLI_TELEMETRY_SESSIONID",
    ];

    /// <summary>All but what makes a build another one: CI, and what one build tells its own processes.</summary>
    public static Dictionary<string, string> From(IEnumerable<KeyValuePair<string, string>> environment) =>
        environment.Where(variable => !IsLeftOut(variable.Key)).ToDictionary();

    private static bool IsLeftOut(string name) =>
        Names.Contains(name, StringComparer.OrdinalIgnoreCase) || name.TrimStart('_').StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase);
}
