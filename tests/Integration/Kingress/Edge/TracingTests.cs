using System.Collections.Concurrent;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>OpenTelemetry tracing, by config-kourier.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class TracingTests(ConfiguredWorld shared)
{
    [Theory]
    [InlineData("", "kourier-knative")]
    [InlineData("edge", "edge")]
    public async Task Grpc_SpansReachTheCollectorUnderTheServicesName(string setting, string name)
    {
        await using var ns = await shared.NamespaceAsync();
        await using var collector = await EdgeServices.StartAsync();

        await ShowsTracesAsync(ns, collector.Traces, name, ("tracing-endpoint", $"http://127.0.0.1:{collector.Port}"), ("tracing-protocol", "grpc"), ("tracing-service-name", setting));
    }

    [Fact]
    public async Task Http_SpansReachTheCollectorAtItsPath()
    {
        await using var ns = await shared.NamespaceAsync();
        var traces = new ConcurrentQueue<ExportTraceServiceRequest>();
        var collector = await ns.StartAsync("collector", new BackendOptions { Handler = context => CollectAsync(context, traces) });

        await ShowsTracesAsync(ns, traces, "kourier-knative", ("tracing-endpoint", $"http://127.0.0.1:{collector.Http1Port}/v1/traces"), ("tracing-protocol", "http/protobuf"));

        Assert.Equal("/v1/traces", collector.Targets.First());
    }

    [Fact]
    public async Task SamplingRateZero_NothingIsCollectedAndTheBackendIsToldSo()
    {
        await using var ns = await shared.NamespaceAsync();
        await using var collector = await EdgeServices.StartAsync();
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(("tracing-endpoint", $"http://127.0.0.1:{collector.Port}"), ("tracing-sampling-rate", "0"));

        await Eventually.TrueAsync(async () => (await gateway.GetAsync(ns.Host("a"))).Seen["traceparent"]?.EndsWith("-00", StringComparison.Ordinal) == true, XdsStack.Limit);

        Assert.Empty(collector.Traces);
    }

    private async Task ShowsTracesAsync(TestNamespace ns, ConcurrentQueue<ExportTraceServiceRequest> traces, string name, params (string, string)[] entries)
    {
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(entries);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        await Eventually.TrueAsync(
            async () =>
            {
                // Gateways send a few at a time.
                var seen = (await gateway.GetAsync(ns.Host("a"))).Seen;
                if (seen["traceparent"] is { } parent)
                {
                    parents.Add(parent.Split('-')[1]);
                }

                return Spans(traces).Any(parents.Contains);
            },
            XdsStack.Limit);

        var attributes = traces.SelectMany(request => request.ResourceSpans).SelectMany(spans => spans.Resource.Attributes);
        Assert.Equal([name], attributes.Where(attribute => attribute.Key == "service.name").Select(attribute => attribute.Value.StringValue).Distinct());
    }

    private static IEnumerable<string> Spans(ConcurrentQueue<ExportTraceServiceRequest> traces) =>
        traces.SelectMany(request => request.ResourceSpans).SelectMany(spans => spans.ScopeSpans).SelectMany(scope => scope.Spans).Select(span => Convert.ToHexStringLower(span.TraceId.Span));

    private static async Task CollectAsync(HttpContext context, ConcurrentQueue<ExportTraceServiceRequest> traces)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        traces.Enqueue(ExportTraceServiceRequest.Parser.ParseFrom(body.ToArray()));
    }

    private static async Task IngressAsync(TestNamespace ns)
    {
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
    }
}
