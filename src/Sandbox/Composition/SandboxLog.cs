using Knative.Xds.Core.Model;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

internal static partial class SandboxLog
{
    [LoggerMessage(EventId = 6500, Level = LogLevel.Information, Message = "Applied {Kind} {Key} from {File}")]
    public static partial void ManifestApplied(ILogger logger, string kind, ObjectKey key, string file);

    [LoggerMessage(EventId = 6501, Level = LogLevel.Warning, Message = "Manifest {File} was not applied: {Problem}")]
    public static partial void ManifestRefused(ILogger logger, string file, string problem);

    [LoggerMessage(EventId = 6502, Level = LogLevel.Error, Message = "{Part} of the sandbox ended")]
    public static partial void PartEnded(ILogger logger, Exception? error, string part);

    [LoggerMessage(EventId = 6503, Level = LogLevel.Information, Message = "{Part} is up after {Elapsed}")]
    public static partial void PartStarted(ILogger logger, string part, TimeSpan elapsed);

    [LoggerMessage(EventId = 6504, Level = LogLevel.Information, Message = "Started Envoy {Path} as process {Id}")]
    public static partial void EnvoyStarted(ILogger logger, string path, int id);

    [LoggerMessage(EventId = 6505, Level = LogLevel.Warning, Message = "Envoy: {Line}")]
    public static partial void EnvoySaid(ILogger logger, string line);

    [LoggerMessage(EventId = 6506, Level = LogLevel.Error, Message = "Envoy {Path} ended with code {Code}; it is started again")]
    public static partial void EnvoyEnded(ILogger logger, string path, int code);
}
