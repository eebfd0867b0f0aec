namespace Knative.Xds.Cli.Up;

/// <summary>The folders of runs in the temporary directory: logs, kubeconfig, and what pods wrote.</summary>
/// <remarks>A folder stays after its run, for whoever wants to know what happened; a later run removes those that nothing was written to for a week.</remarks>
internal static class RunFolders
{
    private const string Prefix = "kxds-run-";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Makes the folder of a new run and removes old ones.</summary>
    public static string Create(TimeProvider time) => Create(Path.GetTempPath(), time);

    internal static string Create(string parent, TimeProvider time)
    {
        foreach (var old in new DirectoryInfo(parent).GetDirectories(Prefix + "*").Where(run => LastWrite(run) < time.GetUtcNow() - Kept))
        {
            Remove(old);
        }

        // Like CreateTempSubdirectory: readable by its owner alone, for the kubeconfig is in it.
        var folder = Path.Combine(parent, Prefix + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal));
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(folder).FullName
            : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    private static DateTimeOffset LastWrite(DirectoryInfo folder)
    {
        try
        {
            return folder.GetFileSystemInfos().Append(folder).Max(entry => entry.LastWriteTimeUtc);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return DateTimeOffset.MaxValue;
        }
    }

    private static void Remove(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another run was quicker, or it is another user's.
        }
    }
}
