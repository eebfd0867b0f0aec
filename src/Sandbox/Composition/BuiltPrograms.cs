using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The programs that pods of the sandbox run, as the build left them beside this one.</summary>
public sealed record BuiltPrograms
{
    /// <summary>Image names to command lines, for <see cref="SandboxSettings.Images"/>.</summary>
    public required ImmutableDictionary<string, ImmutableArray<string>> Images { get; init; }

    /// <summary>Whether QueueProxy is a native program; otherwise it runs on the .NET runtime.</summary>
    public required bool QueueProxyIsNative { get; init; }

    /// <summary>Looks in the build output that holds <paramref name="baseDirectory"/> (<c>artifacts/bin/PROJECT/CONFIGURATION</c>).</summary>
    /// <remarks>Errors: <see cref="SandboxException"/> when a program was not built.</remarks>
    public static BuiltPrograms Find(string baseDirectory)
    {
        var own = new DirectoryInfo(baseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = own.Name;
        var bin = own.Parent?.Parent ?? throw new SandboxException($"{baseDirectory} is not a build output folder");
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var native = Path.Combine(bin.Parent!.FullName, "publish", "QueueProxy", $"release_linux-{architecture}", "Knative.Xds.QueueProxy");
        var isNative = File.Exists(native);
        return new BuiltPrograms
        {
            QueueProxyIsNative = isNative,
            Images = ImmutableDictionary<string, ImmutableArray<string>>.Empty
                .Add("kxds.dev/queue-proxy", isNative ? [native] : Managed(bin.FullName, configuration, "QueueProxy"))
                .Add("kxds.dev/hello", Managed(bin.FullName, configuration, "Hello")),
        };
    }

    private static ImmutableArray<string> Managed(string bin, string configuration, string project)
    {
        var path = Path.Combine(bin, project, configuration, $"Knative.Xds.{project}.dll");
        return File.Exists(path) ? [Dotnet, path] : throw new SandboxException($"{project} was not built: {path} is missing");
    }

    private static string Dotnet =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
