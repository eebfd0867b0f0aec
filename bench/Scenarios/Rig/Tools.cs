namespace Knative.Xds.Scenarios.Rig;

/// <summary>Finds real components: in KUBEBUILDER_ASSETS, KXDS_TOOLS/bin, then PATH.</summary>
internal static class Tools
{
    /// <summary>Path of a program; null when there is none.</summary>
    public static string? Find(string program)
    {
        var tools = Environment.GetEnvironmentVariable("KXDS_TOOLS");
        string?[] folders =
        [
            Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS"),
            tools is null ? null : Path.Combine(tools, "bin"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];
        return folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, program)).FirstOrDefault(File.Exists);
    }
}
