using System.IO.Compression;
using System.Text.Json;

namespace Knative.Xds.Testing;

/// <summary>Inputs and outputs recorded from upstream Knative: in the folder KXDS_VECTORS, or in ../shared/vectors beside the repository.</summary>
public static class Vectors
{
    /// <summary>Trait name that marks tests over vectors.</summary>
    public const string Trait = "Category";

    /// <summary>Trait value that marks tests over vectors.</summary>
    public const string Category = "Vectors";

    /// <summary>Reads a vector file (<c>.gz</c> is unpacked), or skips the running test where it is absent.</summary>
    /// <remarks>Errors: a folder that KXDS_VECTORS names, or that a machine has to have (<see cref="RealComponents.Required"/>), and that is not there fails the test: a mistake must not look like success.</remarks>
    public static JsonElement OrSkip(string file)
    {
        var path = Path.Combine(Folder(), file);
        if (!Directory.Exists(Folder()) && (RealComponents.Required || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KXDS_VECTORS"))))
        {
            throw new DirectoryNotFoundException($"there is no folder {Folder()} of recorded vectors (KXDS_VECTORS)");
        }

        if (!File.Exists(path))
        {
            throw new InvalidOperationException($"$XunitDynamicSkip$no recorded vectors {file} in {Folder()} (set KXDS_VECTORS)");
        }

        using var stream = Open(path);
        return JsonSerializer.Deserialize<JsonElement>(stream);
    }

    private static Stream Open(string path)
    {
        var stream = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static string Folder()
    {
        var folder = Environment.GetEnvironmentVariable("KXDS_VECTORS");
        return string.IsNullOrEmpty(folder) ? Path.Combine(RepositoryRoot(), "..", "shared", "vectors") : folder;
    }

    /// <summary>The folder of the solution.</summary>
    public static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Parent is { } parent && !File.Exists(Path.Combine(folder.FullName, "Knative.Xds.sln")))
        {
            folder = parent;
        }

        return folder.FullName;
    }
}
