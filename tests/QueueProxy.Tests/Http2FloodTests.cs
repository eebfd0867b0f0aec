using System.Net;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class Http2FloodTests : Http2FloodRules
{
    protected override async Task<FloodedServer> StartAsync(TimeSpan headersTimeout, bool fewStreams)
    {
        var defaults = new QueueLimits();
        var proxy = await Proxy.StartAsync(
            AnswerAsync,
            options => options with
            {
                ContainerConcurrency = 1_000,
                Limits = defaults with { HeadersTimeout = headersTimeout, MaxStreamsPerConnection = fewStreams ? 10 : defaults.MaxStreamsPerConnection },
            },
            HttpProtocols.Http2);
        var client = Proxy.ClientOf(proxy.App.MainEndPoint);
        (client.DefaultRequestVersion, client.DefaultVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        return new FloodedServer
        {
            EndPoint = proxy.App.MainEndPoint,
            Client = client,
            MetricsAsync = proxy.MetricsAsync,
            Refused = "kxds_queue_refused_total",
            IsIdleAsync = async () => await proxy.MetricsAsync() is var metrics
                && metrics.Contains("kn_serving_queue_depth{otel_scope_name=\"knative.dev/serving/pkg/queue\"} 0\n", StringComparison.Ordinal)
                && metrics.Contains("kxds_queue_header_bytes 0\n", StringComparison.Ordinal),
            Parts = [proxy],
        };
    }
}
