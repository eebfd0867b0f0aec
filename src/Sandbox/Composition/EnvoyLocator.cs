namespace Knative.Xds.Sandbox.Composition;

/// <summary>Finds Envoy on this machine.</summary>
public static class EnvoyLocator
{
    /// <summary>Path of Envoy by ENVOY_BIN, else KXDS_TOOLS/bin, else PATH; null when there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("ENVOY_BIN") is { Length: > 0 } named)
        {
            // Whoever names one does not mean another.
            return File.Exists(named) ? named : null;
        }

        var tools = Environment.GetEnvironmentVariable("KXDS_TOOLS");
        string[] folders = [.. tools is null ? [] : new[] { Path.Combine(tools, "bin") }, .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)];
        return folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, "envoy")).FirstOrDefault(File.Exists);
    }
}
