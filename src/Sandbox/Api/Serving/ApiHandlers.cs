namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>The handlers that the dispatcher chooses from.</summary>
internal sealed record ApiHandlers(
    DocumentHandler Documents,
    ReadHandler Reads,
    WatchHandler Watches,
    WriteHandler Writes,
    ScaleHandler Scales,
    BindingHandler Bindings,
    PodLogHandler Logs);
