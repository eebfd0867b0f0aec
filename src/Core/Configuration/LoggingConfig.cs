using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Configuration;

/// <summary>How the sidecar logs.</summary>
/// <param name="ZapConfig">JSON of the logging library upstream uses, passed on as it is; may be empty.</param>
/// <param name="QueueLevel">Lowest level that the sidecar logs; may be empty.</param>
/// <remarks>Source: knative/pkg logging/config.go.</remarks>
public sealed record LoggingConfig(string ZapConfig = "", string QueueLevel = "")
{
    private const string LevelPrefix = "loglevel.";

    /// <summary>Reads the data of config-logging; unknown keys are ignored.</summary>
    /// <remarks>Errors: a bad level, of whatever component, gives a problem that names its key, and no config.</remarks>
    public static (LoggingConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        foreach (var (key, level) in data.Where(entry => entry.Key.StartsWith(LevelPrefix, StringComparison.Ordinal) && entry.Key.Length > LevelPrefix.Length).OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (level.Length > 0 && Level(level) is null)
            {
                return (null, new Problem(configMap, $"data[{key}]", "InvalidConfig", $"{key} = \"{level}\" is not a log level"));
            }
        }

        var queue = data.GetValueOrDefault(LevelPrefix + "queueproxy", "");
        return (new LoggingConfig(data.GetValueOrDefault("zap-logger-config", ""), queue.Length == 0 ? "" : Level(queue)!), null);
    }

    private static string? Level(string text) => text.ToUpperInvariant() switch
    {
        "DEBUG" => "debug",
        "INFO" => "info",
        "WARN" or "WARNING" => "warn",
        "ERROR" => "error",
        "DPANIC" => "dpanic",
        "PANIC" => "panic",
        "FATAL" => "fatal",
        _ => null,
    };
}
