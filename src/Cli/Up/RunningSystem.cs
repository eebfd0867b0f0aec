using System.Diagnostics;
using System.Text.Json;

namespace Knative.Xds.Cli.Up;

/// <summary>Where a running <c>kxds up</c> is reached; other commands find it by this file.</summary>
/// <param name="ProcessId">The process; a file of one that is gone counts for nothing.</param>
/// <param name="Autoscaler">Admin address of the autoscaler.</param>
/// <param name="XdsServer">Admin address of the xDS server.</param>
/// <param name="Kubeconfig">Path of the kubeconfig.</param>
internal sealed record RunningSystem(int ProcessId, Uri Autoscaler, Uri XdsServer, string Kubeconfig)
{
    private static string Folder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime) ? runtime : Path.GetTempPath(),
        $"kxds-up-{Environment.UserName}");

    /// <summary>The system that was started last and still runs; null when there is none.</summary>
    public static RunningSystem? Find() => Find(Folder);

    /// <summary>Writes the file; disposing the answer removes it.</summary>
    public IDisposable Publish() => Publish(Folder);

    internal static RunningSystem? Find(string folder) => !Directory.Exists(folder)
        ? null
        : new DirectoryInfo(folder).GetFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Select(Read).FirstOrDefault(system => system is not null);

    internal IDisposable Publish(string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{ProcessId}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(this, JsonSerializerOptions.Web));
        return new Publication(file);
    }

    private static RunningSystem? Read(FileInfo file)
    {
        try
        {
            var system = JsonSerializer.Deserialize<RunningSystem>(File.ReadAllText(file.FullName), JsonSerializerOptions.Web);
            return system is not null && IsRunning(system.ProcessId) ? system : null;
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed class Publication(string file) : IDisposable
    {
        public void Dispose() => File.Delete(file);
    }
}
