using Knative.Xds.QueueProxy.Reporting;
using Knative.Xds.QueueProxy.Tracing;
using Knative.Xds.RequestLogging;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Everything that is told of requests.</summary>
/// <param name="Metrics">Counts.</param>
/// <param name="Refusals">Clients turned away.</param>
/// <param name="Log">Null where requests are not logged.</param>
/// <param name="Tracer">Null where requests are not traced.</param>
internal sealed record Telemetry(RequestMetrics Metrics, RefusalCounter Refusals, RequestLog? Log, Tracer? Tracer);
