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

    /// <summary>Reads a vector file (<c>.gz</c> is unpacked), or skips the running test where there are no vectors.</summary>
    /// <remarks>Errors: as <see cref="Read"/>; the folder has to be there where KXDS_VECTORS names it, or where machines have to have it (<see cref="RealComponents.Required"/>).</remarks>
    public static JsonElement OrSkip(string file) =>
        Read(Folder(), file, required: RealComponents.Required || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KXDS_VECTORS")));

    /// <summary>Reads a vector file of a folder.</summary>
    /// <remarks>Errors: without the folder, a skip of the running test, or <see cref="DirectoryNotFoundException"/> where it is required;
    /// <see cref="FileNotFoundException"/> for a folder without the file: a set with a hole must not look like success.</remarks>
    public static JsonElement Read(string folder, string file, bool required)
    {
        if (!Directory.Exists(folder))
        {
            throw required
                ? new DirectoryNotFoundException($"there is no folder {folder} of recorded vectors (KXDS_VECTORS)")
                : new InvalidOperationException($"$XunitDynamicSkip$no recorded vectors in {folder} (set KXDS_VECTORS)");
        }

        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"the recorded vectors in {folder} have no {file} (KXDS_VECTORS)", path);
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
