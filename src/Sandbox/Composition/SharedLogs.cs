using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Lets several hosts write to one provider: each host disposes its providers, and the shared one must outlive them all.</summary>
internal sealed class SharedLogs(ILoggerProvider inner) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => inner.CreateLogger(categoryName);

    public void Dispose()
    {
        // The sandbox's caller owns the inner provider.
    }
}
