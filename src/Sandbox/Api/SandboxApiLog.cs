using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Api;

internal static partial class SandboxApiLog
{
    [LoggerMessage(6000, LogLevel.Information, "Kubernetes API of the sandbox listens on {Address}.")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(6001, LogLevel.Information, "Read {Count} objects from '{Directory}'.")]
    public static partial void Loaded(ILogger logger, int count, string directory);

    [LoggerMessage(6002, LogLevel.Warning, "The last line of '{Path}' is torn; the write it stood for is lost.")]
    public static partial void TornLine(ILogger logger, string path);

    [LoggerMessage(6003, LogLevel.Error, "Writing to '{Path}' failed; objects are kept in memory alone from now on.")]
    public static partial void JournalFailed(ILogger logger, Exception problem, string path);

    [LoggerMessage(6004, LogLevel.Debug, "Collected {Kind} '{Name}', whose owners are gone.")]
    public static partial void Collected(ILogger logger, string kind, string name);

    [LoggerMessage(6006, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(ILogger logger, Exception problem, string method, string path);

    [LoggerMessage(6005, LogLevel.Error, "Collecting after a change of {Kind} '{Name}' failed.")]
    public static partial void CollectionFailed(ILogger logger, Exception problem, string kind, string name);
}
