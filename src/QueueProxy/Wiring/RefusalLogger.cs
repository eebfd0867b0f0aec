using Knative.Xds.Limits;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Wiring;

/// <summary>Hears from the server of the requests that it answers itself and of the connections that it ends, before any handler sees them, and counts them.</summary>
/// <remarks>What is said at level Trace is said of every frame, so nobody is to ask for it here.</remarks>
internal sealed class RefusalLogger(RefusalCounter refusals, ILogger? next = null) : ILogger
{
    private readonly ConnectionErrors _errors = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is not (LogLevel.None or LogLevel.Trace);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is BadHttpRequestException bad)
            refusals.Count(Reason(bad.StatusCode));
        else if (ConnectionErrors.IsIn(eventId))
        {
            if (!_errors.IsFirst(state))
                return;
            refusals.Count(ConnectionErrors.IsTooLarge(exception) ? Refusal.HeadersTooLarge : Refusal.Protocol);
        }

        next?.Log(logLevel, eventId, state, exception, formatter);
    }

    private static Refusal Reason(int status) => status switch
    {
        StatusCodes.Status431RequestHeaderFieldsTooLarge or StatusCodes.Status414UriTooLong => Refusal.HeadersTooLarge,
        StatusCodes.Status408RequestTimeout => Refusal.HeadersTimeout,
        _ => Refusal.BadRequest,
    };
}
