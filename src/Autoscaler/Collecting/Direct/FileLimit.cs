using System.Globalization;

namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>How many files and connections this process may have open.</summary>
internal static class FileLimit
{
    private const string Name = "Max open files";
    private const int Unknown = 65_536;

    /// <summary>Reads it; a number that is seldom exceeded where it is unlimited or cannot be read.</summary>
    public static int Read(string path = "/proc/self/limits")
    {
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
            var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : Unknown;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }
}
