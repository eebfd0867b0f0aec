using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Wiring;

/// <summary>Hears from the server of the requests that it answers itself, before any handler sees them, and counts them.</summary>
internal sealed class RefusalLogger(RefusalCounter refusals) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is BadHttpRequestException bad)
            refusals.Count(Reason(bad.StatusCode));
    }

    private static Refusal Reason(int status) => status switch
    {
        StatusCodes.Status431RequestHeaderFieldsTooLarge or StatusCodes.Status414UriTooLong => Refusal.HeadersTooLarge,
        StatusCodes.Status408RequestTimeout => Refusal.HeadersTimeout,
        _ => Refusal.BadRequest,
    };
}
