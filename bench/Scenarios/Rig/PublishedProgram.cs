using System.Runtime.InteropServices;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Programs as they ship: published for this machine.</summary>
internal static class PublishedProgram
{
    /// <summary>Runtime identifier that programs are published for here.</summary>
    public static string Runtime { get; } = "linux-" + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64");

    /// <summary>Folder of the sources that this program was built from.</summary>
    public static string Root => Artifacts.Parent!.FullName;

    // This program is in artifacts/bin/PROJECT/CONFIGURATION.
    private static DirectoryInfo Artifacts => new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Parent!.Parent!;

    /// <summary>Path of the program of a project, once it is published.</summary>
    public static string PathOf(string project) => Path.Combine(Artifacts.FullName, "publish", project, $"release_{Runtime}", $"Knative.Xds.{project}");

    /// <summary>Path of the program of a project.</summary>
    /// <remarks>Errors: <see cref="FileNotFoundException"/> that says how to build it.</remarks>
    public static string Find(string project, string folder = "src")
    {
        var path = PathOf(project);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: dotnet publish {folder}/{project} -c Release -r {Runtime}");
    }
}
