using Knative.Xds.Activation.Measuring;
using Knative.Xds.Limits;

namespace Knative.Xds.Activation.Listening;

/// <summary>Hears from the server of the requests that it answers itself and of the connections that it ends, before any handler sees them, and counts them.</summary>
internal sealed class RefusalLogger(Func<ActivatorMetrics> metrics) : ILoggerProvider, ILogger
{
    /// <value>The one category that it listens to beside that of <see cref="ConnectionErrors"/>.</value>
    public const string Category = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    private readonly ConnectionErrors _errors = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is BadHttpRequestException bad)
        {
            metrics().Refused(Reason(bad.StatusCode));
        }
        else if (ConnectionErrors.IsIn(eventId) && _errors.IsFirst(state))
        {
            metrics().Refused(ConnectionErrors.IsTooLarge(exception) ? Refusal.HeadersTooLarge : Refusal.Protocol);
        }
    }

    public void Dispose()
    {
    }

    private static Refusal Reason(int status) => status switch
    {
        StatusCodes.Status431RequestHeaderFieldsTooLarge or StatusCodes.Status414UriTooLong => Refusal.HeadersTooLarge,
        StatusCodes.Status408RequestTimeout => Refusal.HeadersTimeout,
        _ => Refusal.BadRequest,
    };
}
