namespace Knative.Xds.QueueProxy.Wiring;

/// <summary>Logs to standard error, one JSON object per line; the hosting libraries' loggers would cost start-up time.</summary>
internal sealed class StderrLoggerFactory(LogLevel least) : ILoggerFactory
{
    private readonly Stream _output = Console.OpenStandardError();

    /// <summary>The level that upstream's name stands for.</summary>
    public static LogLevel Level(string name) => name switch
    {
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "dpanic" or "panic" or "fatal" => LogLevel.Critical,
        _ => LogLevel.Information,
    };

    public ILogger CreateLogger(string categoryName)
    {
        // What the libraries say below a warning is of use to their authors only.
        var own = categoryName.StartsWith("Knative.", StringComparison.Ordinal);
        return new StderrLogger(_output, categoryName, own || least >= LogLevel.Warning ? least : LogLevel.Warning);
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() => _output.Dispose();
}
