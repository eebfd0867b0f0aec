using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Sandbox.Api;

/// <summary>A logger factory that belongs to the caller: the host that gets it must not dispose it, and its own words on every request are left out.</summary>
internal sealed class BorrowedLoggerFactory(ILoggerFactory owner) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) => owner.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) ? NullLogger.Instance : owner.CreateLogger(categoryName);

    public void Dispose()
    {
        // The owner does that.
    }
}
