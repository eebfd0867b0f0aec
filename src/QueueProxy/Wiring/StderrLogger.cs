using System.Text.Json;

namespace Knative.Xds.QueueProxy.Wiring;

/// <summary>Writes one category's messages.</summary>
/// <remarks>Threading: a line is one write, and writers of one stream take turns.</remarks>
internal sealed class StderrLogger(Stream output, string category, LogLevel least) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("severity", Severity(logLevel));
            json.WriteString("timestamp", TimeProvider.System.GetUtcNow());
            json.WriteString("logger", category);
            json.WriteString("message", formatter(state, exception));
            json.WriteNumber("event", eventId.Id);
            if (exception is not null)
                json.WriteString("error", exception.ToString());
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        lock (output)
        {
            output.Write(line.GetBuffer(), 0, (int)line.Length);
        }
    }

    private static string Severity(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };
}
