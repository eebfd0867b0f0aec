using Knative.Xds.Limits;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Wiring;

/// <summary>The loggers of the HTTP server: what it says of bad requests and connections is counted, everything else goes on.</summary>
internal sealed class ServerLoggerFactory(ILoggerFactory inner, RefusalCounter refusals) : ILoggerFactory
{
    private const string BadRequests = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    public ILogger CreateLogger(string categoryName) => categoryName switch
    {
        BadRequests => new RefusalLogger(refusals),
        ConnectionErrors.Category => new RefusalLogger(refusals, inner.CreateLogger(categoryName)),
        _ => inner.CreateLogger(categoryName),
    };

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    // The inner factory is its maker's.
    public void Dispose()
    {
    }
}
