namespace Knative.Xds.Scenarios.Rig;

/// <summary>Which program the xDS server of a scenario is: the one that KXDS_SCENARIOS_SERVER names; else the published one, which is what users run; else the one that was built.</summary>
/// <remarks>The choice is kept in the environment: this program runs once more in a network of its own, in which nothing could be published.</remarks>
internal static class ServerProgram
{
    private const string PathVariable = "KXDS_SCENARIOS_SERVER";
    private const string KindVariable = "KXDS_SCENARIOS_SERVER_KIND";

    /// <summary>Path of the program.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> before <see cref="ChooseAsync"/>.</remarks>
    public static string Location => Read(PathVariable) ?? throw new InvalidOperationException("no xDS server was chosen");

    /// <summary>What the results call it: <c>named</c>, <c>published</c> or <c>built</c>.</summary>
    public static string Kind => Read(KindVariable) ?? "named";

    // That which was built beside this one (artifacts/bin/PROJECT/CONFIGURATION).
    private static string Built
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(own.Parent!.Parent!.FullName, "XdsServer", own.Name, "Knative.Xds.XdsServer");
        }
    }

    /// <summary>Chooses, once, and publishes the server where that has to be done. Takes minutes then, and comes before anything is measured.</summary>
    public static async Task ChooseAsync(CancellationToken cancellationToken)
    {
        if (Read(PathVariable) is null)
        {
            var isPublished = await ServerPublication.EnsureAsync(cancellationToken);
            Environment.SetEnvironmentVariable(PathVariable, isPublished ? ServerPublication.Program : Built);
            Environment.SetEnvironmentVariable(KindVariable, isPublished ? "published" : "built");
            Progress.Say($"xDS server: {Kind}, {Location}");
        }
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
