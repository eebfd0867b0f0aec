namespace Knative.Xds.Scenarios.Rig;

/// <summary>What the xDS server is made from.</summary>
internal static class ServerSources
{
    private static readonly string[] Folders = ["src", "protos", "envoy", "deploy/crds"];

    /// <summary>When a file of it, or a folder's list of files, was written last. The rest of <c>src</c> counts too.</summary>
    /// <param name="root">Folder of the sources.</param>
    public static DateTime LastChange(string root) => Folders
        .Select(folder => new DirectoryInfo(Path.Combine(root, folder)))
        .SelectMany(folder => folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Prepend(folder))
        .Concat(new DirectoryInfo(root).EnumerateFiles("Directory.*.props"))
        .Append(new FileInfo(Path.Combine(root, "global.json")))
        .Max(entry => entry.LastWriteTimeUtc);
}
