using System.Globalization;

namespace Knative.Xds.QueueProxy;

/// <summary>What the container may have of the machine's memory.</summary>
internal static class ContainerMemory
{
    // Control groups, second version and first.
    private static readonly string[] Files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    /// <summary>Bytes; <see cref="long.MaxValue"/> where there is no limit.</summary>
    public static long Limit() => Limit(Files);

    /// <summary>What the first file that is there says.</summary>
    internal static long Limit(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            // An exception would be most of what this costs, at every cold start.
            if (!File.Exists(file))
                continue;
            try
            {
                return long.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var bytes) ? bytes : long.MaxValue;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Not this version.
            }
        }

        return long.MaxValue;
    }
}
