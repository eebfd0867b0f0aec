using System.Diagnostics;
using System.Reflection;
using Knative.Xds.Testing;

namespace Knative.Xds.Conformance.Proxyless;

/// <summary>Finds the programs of the tests and what they need; skips a test where that is missing.</summary>
internal static class Programs
{
    // One installation for all tests of the assembly.
    private static readonly Lazy<Task<string?>> Modules = new(InstallModulesAsync);
    private static readonly Lazy<Task<string?>> PythonWithGrpc = new(FindPythonAsync);

    /// <summary>The command line of a client, but for its target.</summary>
    public static async Task<string[]> ClientAsync(StockClient client) => client == StockClient.Node
        ? ["node", Path.Combine(Need(await Modules.Value, "npm packages @grpc/grpc-js and @grpc/grpc-js-xds (node and npm)"), "client.js")]
        : [await PythonAsync(), Script("python", "client.py")];

    /// <summary>The command line of a gRPC service.</summary>
    public static async Task<string[]> ServerAsync() => [await PythonAsync(), Script("python", "server.py")];

    private static async Task<string> PythonAsync() => Need(await PythonWithGrpc.Value, "python3-grpcio");

    private static string Need(string? found, string component) => RealComponents.OrSkip(found, component);

    private static string Script(string folder, string name) => Path.Combine(AppContext.BaseDirectory, "Proxyless", folder, name);

    private static async Task<string?> FindPythonAsync()
    {
        // Debian's package is for Debian's interpreter, which need not be the first on the path.
        foreach (var python in new[] { "/usr/bin/python3", "python3" })
        {
            if (await RunsAsync(python, ["-c", "import grpc"], "/"))
            {
                return python;
            }
        }

        return null;
    }

    private static async Task<string?> InstallModulesAsync()
    {
        var artifacts = typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "ArtifactsPath").Value!;
        var folder = Directory.CreateDirectory(Path.Combine(artifacts, "proxyless-client")).FullName;
        foreach (var name in new[] { "package.json", "client.js" })
        {
            File.Copy(Script("node", name), Path.Combine(folder, name), overwrite: true);
        }

        var installed = await RunsAsync("node", ["--version"], folder) &&
            (Directory.Exists(Path.Combine(folder, "node_modules", "@grpc", "grpc-js-xds")) ||
            await RunsAsync("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], folder));
        return installed ? folder : null;
    }

    private static async Task<bool> RunsAsync(string program, string[] arguments, string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            await Task.WhenAll(output, errors);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
