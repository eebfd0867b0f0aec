using System.Runtime.InteropServices;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Programs as they ship: published for this machine.</summary>
internal static class PublishedProgram
{
    /// <summary>Path of the program of a project.</summary>
    /// <remarks>Errors: <see cref="FileNotFoundException"/> that says how to build it.</remarks>
    public static string Find(string project, string folder = "src")
    {
        var artifacts = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Parent!.Parent!;
        var runtime = "linux-" + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64");
        var path = Path.Combine(artifacts.FullName, "publish", project, $"release_{runtime}", $"Knative.Xds.{project}");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: dotnet publish {folder}/{project} -c Release -r {runtime}");
    }
}
