using System.Diagnostics;
using System.Reflection;
using Google.Protobuf.Reflection;
using Knative.Xds.Testing;

namespace Knative.Xds.Conformance.Descriptors;

/// <summary>Upstream's protos, from the npm package that carries them, compiled to descriptors.</summary>
internal static class UpstreamDescriptors
{
    private const string Package = "@grpc/grpc-js-xds@1.14.0";
    private static readonly string[] Roots = ["envoy-api", "googleapis", "protoc-gen-validate", "xds"];
    // One download and one compilation for all tests of the assembly.
    private static readonly Lazy<Task<FileDescriptorSet?>> Loaded = new(LoadAsync);

    /// <summary>Upstream's version of our files and of all they import; skips the test when it cannot be had.</summary>
    public static async Task<FileDescriptorSet> GetAsync()
    {
        var loaded = await Loaded.Value;
        RealComponents.OrSkip(loaded is null ? null : Package, $"npm package {Package} (set KXDS_UPSTREAM_PROTOS to its deps folder, or install npm)");
        return loaded!;
    }

    private static async Task<FileDescriptorSet?> LoadAsync()
    {
        var deps = Environment.GetEnvironmentVariable("KXDS_UPSTREAM_PROTOS") ?? await DownloadAsync();
        return deps is null ? null : await CompileAsync(deps);
    }

    private static async Task<string?> DownloadAsync()
    {
        var folder = Path.Combine(Metadata("ArtifactsPath"), "upstream-protos");
        var deps = Path.Combine(folder, "package", "deps");
        if (Directory.Exists(deps))
        {
            return deps;
        }

        Directory.CreateDirectory(folder);
        var packed = await RunAsync("npm", ["pack", Package, "--silent", "--pack-destination", folder]);
        if (packed is null)
        {
            return null;
        }

        var unpacked = await RunAsync("tar", ["-xzf", Path.Combine(folder, packed.Trim()), "-C", folder]);
        return unpacked is null ? null : deps;
    }

    private static async Task<FileDescriptorSet> CompileAsync(string deps)
    {
        var scratch = Directory.CreateTempSubdirectory("kxds-upstream-protos");
        try
        {
            var output = Path.Combine(scratch.FullName, "upstream.binpb");
            await MendValidateProtoAsync(deps, scratch.FullName);
            var imports = Roots.Select(root => Path.Combine(deps, root)).Prepend(scratch.FullName).Append(Metadata("ProtocIncludes")).Select(folder => "-I" + folder);
            var files = OurDescriptors.Load().File.Select(file => file.Name);
            var compiled = await RunAsync(Metadata("Protoc"), [$"--descriptor_set_out={output}", "--include_imports", .. imports, .. files]);
            Assert.True(compiled is not null, "protoc could not compile upstream's counterparts of our files");
            return FileDescriptorSet.Parser.ParseFrom(await File.ReadAllBytesAsync(output));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Puts a validate.proto in front that knows an option which the Envoy protos of the package use and the package's own copy lacks.</summary>
    private static async Task MendValidateProtoAsync(string deps, string folder)
    {
        var original = await File.ReadAllTextAsync(Path.Combine(deps, "protoc-gen-validate", "validate", "validate.proto"));
        const string Rules = "message StringRules {";
        var mended = original.Contains("ignore_empty", StringComparison.Ordinal) ? original : original.Replace(Rules, Rules + " optional bool ignore_empty = 26;", StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(folder, "validate"));
        await File.WriteAllTextAsync(Path.Combine(folder, "validate", "validate.proto"), mended);
    }

    /// <summary>Runs a program; its standard output, or null when it is missing or fails.</summary>
    private static async Task<string?> RunAsync(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string Metadata(string key) =>
        typeof(UpstreamDescriptors).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
