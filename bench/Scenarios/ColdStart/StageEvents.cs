using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>Takes the time of what the services log: they say themselves when they report, decide, patch and use a pod.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class StageEvents : ILoggerProvider, ILogger
{
    private const int WorthKeeping = 3000;
    private readonly ConcurrentQueue<(long At, int Event, string Text)> _seen = new();

    /// <summary>Forgets everything.</summary>
    public void Clear() => _seen.Clear();

    /// <summary>When an event whose text contains <paramref name="text"/> was first logged; null when it was not.</summary>
    public long? First(int eventId, string text) =>
        _seen.Where(seen => seen.Event == eventId && seen.Text.Contains(text, StringComparison.Ordinal)).Select(seen => (long?)seen.At).FirstOrDefault();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is >= WorthKeeping and < 2 * WorthKeeping)
        {
            _seen.Enqueue((Stopwatch.GetTimestamp(), eventId.Id, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
    }
}
